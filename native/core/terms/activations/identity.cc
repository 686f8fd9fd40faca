// f(z) = z.
#include <algorithm>

#include "registry.h"

namespace deeptype::activations {
namespace {

void forward(const float* z, float* h, std::size_t n) {
  if (h != z) std::copy_n(z, n, h);
}

void backward(const float*, const float*, float*, std::size_t) {}

}  // namespace

extern constinit const Activation identity{"identity", false, forward, backward, 1.0f};

}  // namespace deeptype::activations
