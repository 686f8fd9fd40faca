// f(z) = z Phi(z), Phi the standard normal distribution function (Hendrycks & Gimpel 2016), in the
// exact erf form; f' = Phi(z) + z phi(z).
#include "../../platform/simd/math.h"
#include "registry.h"

namespace deeptype::activations {
namespace {

constexpr float kInverseSqrt2 = 0.70710678118654752f;
constexpr float kInverseSqrt2Pi = 0.39894228040143268f;

DEEPTYPE_INLINE float phi(float z) { return 0.5f * (1.0f + simd::erf(z * kInverseSqrt2)); }

void forward(const float* z, float* h, std::size_t n) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) h[i] = z[i] * phi(z[i]);
  });
}

void backward(const float* z, const float*, float* d, std::size_t n) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      const float c = z[i] > 14.0f ? 14.0f : (z[i] < -14.0f ? -14.0f : z[i]);  // z^2 stays finite
      const float density = kInverseSqrt2Pi * simd::exp(-0.5f * c * c);
      d[i] *= phi(z[i]) + z[i] * density;
    }
  });
}

}  // namespace

extern constinit const Activation gelu{"gelu", true, forward, backward};

}  // namespace deeptype::activations
