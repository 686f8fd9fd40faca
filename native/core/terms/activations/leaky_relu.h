#pragma once
// f(z) = z for z > 0, 0.01 z otherwise.
#include <optional>

#include "../../platform/host_device.h"

namespace deeptype::activations {

struct LeakyRelu {
  static constexpr const char* name = "leaky-relu";
  static constexpr bool needsInput = false;
  static constexpr std::optional<float> slopeBelow = 0.01f;

  DEEPTYPE_HOST_DEVICE_INLINE static float forward(float z) { return z > 0.0f ? z : 0.01f * z; }
  DEEPTYPE_HOST_DEVICE_INLINE static float backward(float d, float h) {
    return h > 0.0f ? d : 0.01f * d;
  }
};

}  // namespace deeptype::activations
