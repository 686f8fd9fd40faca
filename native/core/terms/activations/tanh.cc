// f(z) = tanh(z); f' = 1 - f^2.
#include "../../platform/simd/math.h"
#include "registry.h"

namespace deeptype::activations {
namespace {

void forward(const float* z, float* h, std::size_t n) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) h[i] = simd::tanh(z[i]);
  });
}

void backward(const float*, const float* h, float* d, std::size_t n) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) d[i] *= 1.0f - h[i] * h[i];
  });
}

}  // namespace

extern constinit const Activation tanhActivation{"tanh", false, forward, backward};

}  // namespace deeptype::activations
