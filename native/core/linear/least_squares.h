#pragma once
// Least squares by QR factorisation, for nearly dependent columns: X'X squares their condition
// number.
#include "../platform/stop.h"
#include "design.h"

namespace deeptype::linear {

// For each target the minimum over w of |y - X w|^2 + alpha |w|^2, by Gram-Schmidt with
// reorthogonalisation (Giraud, Langou & Rozloznik 2005) on [X; sqrt(alpha) I]. Empty where
// a column depends on those before it within the rounding of float64. Unspecified if stop was
// requested.
std::vector<std::vector<double>> leastSquares(const Design& x, std::span<const Target> targets,
                                              double alpha, const StopFlag* stop);

}  // namespace deeptype::linear
