#pragma once
// f(z) = z.
#include <optional>

#include "../../platform/host_device.h"

namespace deeptype::activations {

struct Identity {
  static constexpr const char* name = "identity";
  static constexpr bool needsInput = false;
  static constexpr std::optional<float> slopeBelow = 1.0f;

  DEEPTYPE_HOST_DEVICE_INLINE static float forward(float z) { return z; }
  DEEPTYPE_HOST_DEVICE_INLINE static float backward(float d, float /*h*/) { return d; }
};

}  // namespace deeptype::activations
