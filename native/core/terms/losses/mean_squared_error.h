#pragma once
// Mean squared error over batch and outputs: (o - t)^2, derivative 2 (o - t).
#include "../../platform/host_device.h"

namespace deeptype::losses {

struct MeanSquaredError {
  static constexpr const char* name = "mse";

  DEEPTYPE_HOST_DEVICE_INLINE static double evaluate(double output, double target, float& slope) {
    const double error = output - target;
    slope = static_cast<float>(2 * error);
    return error * error;
  }
};

}  // namespace deeptype::losses
