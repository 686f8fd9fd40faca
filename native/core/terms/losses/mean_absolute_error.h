#pragma once
// Mean absolute error (L1) over batch and outputs: |o - t|, derivative sign(o - t), 0 at the kink.
#include <cmath>

#include "../../platform/host_device.h"

namespace deeptype::losses {

struct MeanAbsoluteError {
  static constexpr const char* name = "mae";

  DEEPTYPE_HOST_DEVICE_INLINE static double evaluate(double output, double target, float& slope) {
    const double error = output - target;
    slope = static_cast<float>((error > 0) - (error < 0));
    return std::abs(error);
  }
};

}  // namespace deeptype::losses
