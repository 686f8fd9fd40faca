// The activations as loops over arrays, compiled for each instruction set.
#include <array>

#include "../../../platform/simd/simd.h"
#include "../../../terms/activations/activation.h"
#include "../../../terms/activations/registry.h"

namespace deeptype {
namespace {

template <class F>
void forward(const float* z, float* h, std::size_t n) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) h[i] = F::forward(z[i]);
  });
}

template <class F>
void backward(const float* z, const float* h, float* d, std::size_t n) {
  const float* const x = F::needsInput ? z : h;
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) d[i] = F::backward(d[i], x[i]);
  });
}

template <class... F>
constexpr std::array<Activation, sizeof...(F)> tableOf(Variants<F...>) {
  return {Activation{F::name, F::needsInput, forward<F>, backward<F>, F::slopeBelow}...};
}

constexpr auto kActivations = tableOf(activations::All{});

}  // namespace

const Activation* findActivation(std::string_view name) { return findByName(kActivations, name); }

}  // namespace deeptype
