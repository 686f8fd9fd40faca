#pragma once
// A duality gap finer than float64 coefficients and residuals give it, for columns of unlike scale,
// far from zero or next to parallel: there the rounding of w alone makes X'r violate l1.
#include <vector>

#include "active_set.h"

namespace deeptype::linear {

// Of w (D), at the dual point that belongs to w + correction. The correction is what Newton steps
// with the signs kept make of the residual in twice the precision (Ogita, Rump and Oishi 2005).
// Infinite where `active` is not what is in use of w. l1 > 0.
double refinedGap(const Design& x, std::span<const double> y, std::span<const double> w,
                  const Weights& weights, const ActiveSet& active);

}  // namespace deeptype::linear
