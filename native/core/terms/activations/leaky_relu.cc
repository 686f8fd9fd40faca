// f(z) = z for z > 0, 0.01 z otherwise.
#include "../../platform/simd/math.h"
#include "registry.h"

namespace deeptype::activations {
namespace {

void forward(const float* z, float* h, std::size_t n) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) h[i] = z[i] > 0.0f ? z[i] : 0.01f * z[i];
  });
}

void backward(const float*, const float* h, float* d, std::size_t n) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) d[i] = h[i] > 0.0f ? d[i] : 0.01f * d[i];
  });
}

}  // namespace

extern constinit const Activation leakyRelu{"leaky-relu", false, forward, backward, 0.01f};

}  // namespace deeptype::activations
