#pragma once
// A duality gap beyond the precision of float64 coefficients and residuals, for badly scaled or
// nearly parallel columns, where the rounding of w alone makes X'r violate l1.
#include <vector>

#include "active_set.h"

namespace deeptype::linear {

// The gap of w (D) at the dual point of w + correction. The correction comes from Newton steps with
// fixed signs and a residual in double-double precision (Ogita, Rump and Oishi 2005). Infinite
// where `active` does not hold the nonzero coefficients of w. l1 > 0.
double refinedGap(const Design& x, std::span<const double> y, std::span<const double> w,
                  const PenaltyWeights& weights, const ActiveSet& active);

}  // namespace deeptype::linear
