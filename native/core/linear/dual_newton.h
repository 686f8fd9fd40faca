#pragma once
// The elastic net with more active columns than rows, by Newton's method on its dual (Li, Sun and
// Toh 2018): for l2 > 0 the minimum over u of
//   l2 |u|^2 / 2 - y'u + sum_j max(|x_j'u| - l1 / l2, 0)^2 / 2,
// a convex piecewise quadratic function; w_j = S(x_j'u, l1 / l2), and the residual is l2 u.
#include <cstdint>

#include "active_set.h"

namespace deeptype::linear {

struct DualNewton {
  const Design& x;
  std::span<const double> y;
  PenaltyWeights weights;
  unsigned threads;
  const StopFlag* stop;

  // Minimises from `w` (D) until the gradient is at rounding level; half its square is a duality
  // gap. Returns the number of steps, at most `budget`.
  std::uint64_t solve(std::vector<double>& w, std::uint64_t budget) const;
};

}  // namespace deeptype::linear
