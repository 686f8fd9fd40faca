#pragma once
// f(z) = tanh(z); f' = 1 - f^2.
#include <optional>

#include "../../math/elementary.h"

namespace deeptype::activations {

struct Tanh {
  static constexpr const char* name = "tanh";
  static constexpr bool needsInput = false;
  static constexpr std::optional<float> slopeBelow = std::nullopt;

  DEEPTYPE_HOST_DEVICE_INLINE static float forward(float z) { return elementary::tanh(z); }
  DEEPTYPE_HOST_DEVICE_INLINE static float backward(float d, float h) { return d * (1.0f - h * h); }
};

}  // namespace deeptype::activations
