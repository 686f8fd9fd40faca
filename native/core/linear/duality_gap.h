#pragma once
// The duality gap of the elastic net: how far a point can be from the minimum of
//   |y - X w|^2 / 2 + l1 |w|_1 + l2 / 2 |w|^2.
#include <span>

namespace deeptype::linear {

struct Weights {
  double l1 = 0, l2 = 0;
};

// For the coefficients w (D), their correlations X'r (D) and |r|^2. The smaller of the gaps at two
// dual points:
// c r, shrunk until it is feasible for the Lasso with the columns (x_j, sqrt(l2) e_j) and residual
// (r, -sqrt(l2) w), which has the same minimum; and, where l2 > 0, r itself, since every point is
// feasible then. Each is written as a sum of parts that are never negative, so that a gap is told
// from 0 down to rounding.
double dualityGap(std::span<const double> w, std::span<const double> correlations,
                  double squaredResidual, const Weights& weights);

}  // namespace deeptype::linear
