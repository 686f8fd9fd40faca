#pragma once
// Least squares by orthogonal columns, for tables whose columns depend on each other but for the
// last half of their digits, which X'X has lost.
#include "../platform/stop.h"
#include "design.h"

namespace deeptype::linear {

// For each target the minimum over w of |y - X w|^2 + alpha |w|^2, by Gram-Schmidt with
// reorthogonalisation (Giraud, Langou & Rozloznik 2005) on X above sqrt(alpha) I. None where a
// column is, to the rounding of float64, a combination of those before it. Unspecified if stop was
// requested.
std::vector<std::vector<double>> leastSquares(const Design& x, std::span<const Target> targets,
                                              double alpha, const StopFlag* stop);

}  // namespace deeptype::linear
