#pragma once
// Which rows of a gradient G (D,R) = X^T S may be long, without that product. Bounds on every |g_j|
// cost a fraction of it where the slopes S (N,R) lie near a space of few dimensions, as those of a
// network with few live inputs or few outputs do: for any P (K,R) with orthonormal rows,
//   S = T P + E,  T = S P^T (N,K):   |g_j|^2 = |x_j^T T|^2 + |x_j^T E|^2
//                                           <= |x_j^T T|^2 + |x_j|^2 |E|_F^2.
// P is found by the randomised range finder, a few rows at a time with one power iteration (Halko,
// Martinsson & Tropp 2011, algorithms 4.2 and 4.3). It is drawn by chance; that the bounds hold is
// not.
#include <cstdint>
#include <span>
#include <vector>

#include "../../platform/stop.h"
#include "workspace.h"

namespace deeptype {

class Screening {
 public:
  // X (N,D), and memory for G (D,R), both of the caller, who keeps them alive. What is learned of X
  // is kept from one S to the next. `isWhole`: makes G at once, and no bounds.
  Screening(ConstMatrixView x, MatrixView g, unsigned threads, bool isWhole = false)
      : x_(x), g_(g), threads_(threads), isWhole_(isWhole) {}

  // S's rows from `begin`: of the rows that have just gone back through the workspace. From 0 on,
  // in order, before the rest is asked for.
  void add(std::size_t begin, std::size_t count, const Workspace& pass);

  // An upper bound of |g_j|_2 for every j; infinite where it would cost about as much as G. They
  // are made close enough to tell most of what is shorter than `length` from what is longer; with 0
  // as close as float32 allows.
  std::vector<double> bounds(double length);
  // The j for which |g_j|_2 may exceed `length`, ascending; all where that saves little.
  std::vector<std::uint32_t> beyond(double length);
  // G's rows of these, ascending, at the beginning of its memory; once, where G was made at once.
  ConstMatrixView rows(std::span<const std::uint32_t> inputs);

 private:
  std::size_t mostDirections() const;
  void measureInputs();
  void findRange(double nearEnough);
  void addDirections(MatrixView e);
  void product(ConstMatrixView b, MatrixView c) const;

  ConstMatrixView x_;
  MatrixView g_;
  unsigned threads_;
  bool isWhole_;
  std::vector<double> inputSquares_;  // |x_j|^2
  double typicalLength_ = 0;          // of x_j; few are longer
  Buffer<float> slopes_;              // S; none where bounds do not pay, and G is made at once
  double restSquares_ = 0;            // |E|_F^2
  double rounding_ = 0;               // of |g_j|, in |x_j|
  Buffer<float> directions_;          // P (K,R)
  std::size_t rank_ = 0;              // K
  Buffer<float> along_;               // -T (N,K)
  Buffer<float> columnsOfX_;          // (N,m)
};

}  // namespace deeptype
