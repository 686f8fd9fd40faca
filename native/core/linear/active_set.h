#pragma once
// The elastic net over the columns of a working set, from their Gram matrix G alone: minimises over
// the change of w
//   |r - X change|^2 / 2 + l1 |w|_1 + l2 / 2 |w|^2,
// by coordinate descent until the signs settle, then exactly: with the signs s of the active
// columns fixed, the minimum solves (G_AA + l2 I) step = g_A - l1 s_A (Osborne, Presnell and
// Turlach 2000; Lee, Battle, Raina and Ng 2007).
#include <cstdint>
#include <vector>

#include "duality_gap.h"
#include "gram_set.h"
#include "updated_cholesky.h"

namespace deeptype::linear {

class ActiveSet {
 public:
  // `scale`: norm of the target, for the estimate of rounding errors.
  ActiveSet(const GramSet& gram, double scale) : gram_(gram), scale_(scale) {}

  std::vector<double>& w() { return w_; }  // (m)
  std::vector<double>& g() { return g_; }  // (m): X'r - l2 w

  // Drops the active columns and their factor; required after the working set was cleared.
  void clear();

  // Both take at most `budget` sweeps or steps and return their number.
  std::uint64_t sweepUntilSignsSettle(const PenaltyWeights& weights, std::uint64_t budget,
                                      const StopFlag* stop);
  std::uint64_t finish(const PenaltyWeights& weights, std::uint64_t budget, const StopFlag* stop);

  // After `finish`: the active columns of the design; solves (G_AA + l2 I) x = b in place of b.
  std::vector<std::size_t> columnsInUse() const;
  void solve(double* b) const { factor_.solve(b); }

  std::size_t countViolators(const PenaltyWeights& weights) const;

 private:
  bool sweep();
  void synchronizeFactor(const StopFlag* stop);
  bool stepToMinimum();
  void enter(std::size_t k);
  bool resolveDependence(std::size_t k);
  void move(std::size_t k, double change);
  void leave(std::size_t position);
  double excess(std::size_t k) const;
  std::size_t worstViolator() const;

  const GramSet& gram_;
  double scale_;
  PenaltyWeights weights_;
  std::vector<double> w_, g_;
  std::vector<std::size_t> active_;  // in the order of the factor
  std::vector<double> signs_;        // likewise
  std::vector<bool> isActive_, isExcluded_;
  UpdatedCholesky factor_;
  double factorL2_ = 0;  // the l2 of the factor
};

}  // namespace deeptype::linear
