#pragma once
// f(z) = max(z, 0); f'(0) = 0. A NaN passes through, so that divergence is seen.
#include <optional>

#include "../../platform/host_device.h"

namespace deeptype::activations {

struct Relu {
  static constexpr const char* name = "relu";
  static constexpr bool needsInput = false;
  static constexpr std::optional<float> slopeBelow = 0.0f;

  DEEPTYPE_HOST_DEVICE_INLINE static float forward(float z) { return z < 0.0f ? 0.0f : z; }
  DEEPTYPE_HOST_DEVICE_INLINE static float backward(float d, float h) {
    return h > 0.0f ? d : 0.0f;
  }
};

}  // namespace deeptype::activations
