#pragma once
// Elementary functions as straight-line float32 arithmetic, so that loops over them vectorise
// inside simd::dispatch. Coefficients: Cephes (Moshier 1992) for exp and tanh; the rational erf is
// the minimax fit x P(x^2) / Q(x^2) on [-4, 4]. Errors are tested against the C library.
#include <bit>
#include <cstdint>

#include "../platform/host_device.h"

namespace deeptype::elementary {

// exp(x) within 2 ulp on [-87, 88]; clamped outside; a non-finite x gives NaN.
DEEPTYPE_HOST_DEVICE_INLINE float exp(float x) {
  const float above = x > -87.0f ? x : -87.0f;  // NaN too: converting it below would be undefined
  const float clamped = above < 88.0f ? above : 88.0f;
  const float n = __builtin_floorf(clamped * 1.44269504088896341f + 0.5f);
  float r = clamped - n * 0.693359375f;  // ln 2 in two parts
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const auto exponent = static_cast<std::int32_t>(n) + 127;
  return p * std::bit_cast<float>(static_cast<std::uint32_t>(exponent) << 23) + (x - x);
}

DEEPTYPE_HOST_DEVICE_INLINE float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }

DEEPTYPE_HOST_DEVICE_INLINE float tanh(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float small = p * z * x + x;
  const float a = x < 0 ? -x : x;
  const float magnitude = 1.0f - 2.0f / (exp(2.0f * (a > 20.0f ? 20.0f : a)) + 1.0f);
  const float large = x < 0 ? -magnitude : magnitude;
  return a < 0.625f ? small : large + (x - x);
}

DEEPTYPE_HOST_DEVICE_INLINE float erf(float x) {
  const float c = x < -4.0f ? -4.0f : (x > 4.0f ? 4.0f : x);
  const float z = c * c;
  float p = -2.72614225801306e-10f;
  p = p * z + 2.77068142495902e-08f;
  p = p * z - 2.10102402082508e-06f;
  p = p * z - 5.69250639462346e-05f;
  p = p * z - 7.34990630326855e-04f;
  p = p * z - 2.95459980854025e-03f;
  p = p * z - 1.60960333262415e-02f;
  float q = -1.45660718464996e-05f;
  q = q * z - 2.13374055278905e-04f;
  q = q * z - 1.68282697438203e-03f;
  q = q * z - 7.37332916720468e-03f;
  q = q * z - 1.42647390514189e-02f;
  return c * p / q + (x - x);
}

}  // namespace deeptype::elementary
