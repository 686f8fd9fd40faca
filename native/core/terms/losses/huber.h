#pragma once
// Huber loss with delta 1 (Huber 1964), mean over batch and outputs:
//   e^2 / 2 for |e| <= 1, |e| - 1/2 beyond; the derivative is e clipped to [-1, 1].
#include <cmath>

#include "../../platform/host_device.h"

namespace deeptype::losses {

struct Huber {
  static constexpr const char* name = "huber";

  DEEPTYPE_HOST_DEVICE_INLINE static double evaluate(double output, double target, float& slope) {
    const double error = output - target;
    const double size = std::abs(error);
    slope = static_cast<float>(size <= 1 ? error : std::copysign(1.0, error));
    return size <= 1 ? 0.5 * error * error : size - 0.5;
  }
};

}  // namespace deeptype::losses
