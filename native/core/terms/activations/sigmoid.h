#pragma once
// f(z) = 1 / (1 + exp(-z)); f' = f (1 - f).
#include <optional>

#include "../../math/elementary.h"

namespace deeptype::activations {

struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  static constexpr bool needsInput = false;
  static constexpr std::optional<float> slopeBelow = std::nullopt;

  DEEPTYPE_HOST_DEVICE_INLINE static float forward(float z) { return elementary::sigmoid(z); }
  DEEPTYPE_HOST_DEVICE_INLINE static float backward(float d, float h) {
    return d * (h * (1.0f - h));
  }
};

}  // namespace deeptype::activations
