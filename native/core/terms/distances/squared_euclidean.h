#pragma once
// |h - c|^2 (Chen et al. 2020, eq. 3); gradient 2 (h - c).
#include "../../platform/host_device.h"

namespace deeptype::distances {

struct SquaredEuclidean {
  static constexpr const char* name = "squared-euclidean";

  DEEPTYPE_HOST_DEVICE_INLINE static double value(double square) { return square; }
  DEEPTYPE_HOST_DEVICE_INLINE static double slope(double /*distance*/) { return 2; }
};

}  // namespace deeptype::distances
