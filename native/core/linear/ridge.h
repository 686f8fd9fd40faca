#pragma once
// Ridge regression (Hoerl and Kennard 1970) by Cholesky.
#include "../platform/stop.h"
#include "design.h"

namespace deeptype::linear {

struct RidgeFit {
  std::vector<std::vector<double>> coefficients;  // (D) for each target
  bool definite = false;                          // false: the system is numerically singular
};

// For each target the minimum over w of |y - X w|^2 + alpha |w|^2. Unfinished when `stop` is set.
RidgeFit ridge(const Design& x, std::span<const Target> targets, double alpha, unsigned threads,
               const StopFlag* stop = nullptr);

}  // namespace deeptype::linear
