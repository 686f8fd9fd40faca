#pragma once
// f(z) = z Phi(z), Phi the standard normal distribution function (Hendrycks & Gimpel 2016), in the
// exact erf form; f' = Phi(z) + z phi(z).
#include <optional>

#include "../../math/elementary.h"

namespace deeptype::activations {

struct Gelu {
  static constexpr const char* name = "gelu";
  static constexpr bool needsInput = true;
  static constexpr std::optional<float> slopeBelow = std::nullopt;

  DEEPTYPE_HOST_DEVICE_INLINE static float forward(float z) { return z * distribution(z); }
  DEEPTYPE_HOST_DEVICE_INLINE static float backward(float d, float z) {
    const float c = z > 14.0f ? 14.0f : (z < -14.0f ? -14.0f : z);  // z^2 stays finite
    const float density = kInverseSqrt2Pi * elementary::exp(-0.5f * c * c);
    return d * (distribution(z) + z * density);
  }

 private:
  static constexpr float kInverseSqrt2 = 0.70710678118654752f;
  static constexpr float kInverseSqrt2Pi = 0.39894228040143268f;

  DEEPTYPE_HOST_DEVICE_INLINE static float distribution(float z) {
    return 0.5f * (1.0f + elementary::erf(z * kInverseSqrt2));
  }
};

}  // namespace deeptype::activations
