#pragma once
// Binary cross-entropy from logits, mean over batch and outputs; targets in [0, 1]:
//   loss = max(o, 0) - o t + log(1 + exp(-|o|)),   d loss / d o = sigmoid(o) - t.
#include <cmath>

#include "../../platform/host_device.h"

namespace deeptype::losses {

struct BinaryCrossEntropy {
  static constexpr const char* name = "bce";

  DEEPTYPE_HOST_DEVICE_INLINE static double evaluate(double output, double target, float& slope) {
    const double e = std::exp(-std::abs(output));
    slope = static_cast<float>((output >= 0 ? 1 : e) / (1 + e) - target);
    return std::fmax(output, 0.0) - output * target + std::log1p(e);
  }
};

}  // namespace deeptype::losses
