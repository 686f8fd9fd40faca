#pragma once
// The duality gap of the elastic net, an upper bound on the suboptimality of a point for
//   |y - X w|^2 / 2 + l1 |w|_1 + l2 / 2 |w|^2.
#include <span>

namespace deeptype::linear {

struct PenaltyWeights {
  double l1 = 0, l2 = 0;
};

// For the coefficients w (D), their correlations X'r (D) and |r|^2. The smaller of the gaps at two
// dual points:
// c r, scaled down until it is feasible for the Lasso with the columns (x_j, sqrt(l2) e_j) and
// residual (r, -sqrt(l2) w), which has the same minimum; and, where l2 > 0, r itself, since every
// point is feasible then. Each is a sum of nonnegative terms, which avoids cancellation near 0.
double dualityGap(std::span<const double> w, std::span<const double> correlations,
                  double squaredResidual, const PenaltyWeights& weights);

}  // namespace deeptype::linear
