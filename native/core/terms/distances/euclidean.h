#pragma once
// |h - c| (the unsquared distance of torch-deeptype); gradient (h - c) / |h - c|, 0 at h = c.
#include "../../platform/host_device.h"

namespace deeptype::distances {

struct Euclidean {
  static constexpr const char* name = "euclidean";

  DEEPTYPE_HOST_DEVICE_INLINE static double value(double square) { return __builtin_sqrt(square); }
  DEEPTYPE_HOST_DEVICE_INLINE static double slope(double distance) {
    return distance == 0 ? 0 : 1 / distance;
  }
};

}  // namespace deeptype::distances
