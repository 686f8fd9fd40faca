#pragma once
// The elastic net in the columns of a working set, from their Gram matrix G alone: the minimum over
// the change of w of
//   |r - X change|^2 / 2 + l1 |w|_1 + l2 / 2 |w|^2,
// by coordinate descent until the signs settle, then exactly: with the signs s of the columns in
// use kept, the minimum solves (G_AA + l2 I) step = g_A - l1 s_A (Osborne, Presnell and Turlach
// 2000; Lee, Battle, Raina and Ng 2007).
#include <cstdint>
#include <vector>

#include "duality_gap.h"
#include "gram_set.h"
#include "updated_cholesky.h"

namespace deeptype::linear {

class ActiveSet {
 public:
  // `scale`: length of the target, against which rounding is told.
  ActiveSet(const GramSet& gram, double scale) : gram_(gram), scale_(scale) {}

  std::vector<double>& w() { return w_; }  // (m)
  std::vector<double>& g() { return g_; }  // (m): X'r - l2 w

  // What is kept of an earlier call becomes void when the working set is emptied.
  void clear();

  // Both are bounded by `budget` and return how many sweeps or steps they took.
  std::uint64_t sweepUntilSettled(const Weights& weights, std::uint64_t budget,
                                  const StopFlag* stop);
  std::uint64_t finish(const Weights& weights, std::uint64_t budget, const StopFlag* stop);

  // Of `finish`: the columns of the design in use, and (G_AA + l2 I) x = b in place of b.
  std::vector<std::size_t> columnsInUse() const;
  void solve(double* b) const { factor_.solve(b); }

  std::size_t countViolators(const Weights& weights) const;

 private:
  bool sweep();
  void matchFactor(const StopFlag* stop);
  bool stepToMinimum();
  void enter(std::size_t k);
  bool leaveTie(std::size_t k);
  void move(std::size_t k, double change);
  void leave(std::size_t position);
  double excess(std::size_t k) const;
  std::size_t worstViolator() const;

  const GramSet& gram_;
  double scale_;
  Weights weights_;
  std::vector<double> w_, g_;
  std::vector<std::size_t> active_;  // in the order of the factor
  std::vector<double> signs_;        // likewise
  std::vector<bool> isActive_, isBarred_;
  UpdatedCholesky factor_;
  double shift_ = 0;  // the l2 of the factor
};

}  // namespace deeptype::linear
