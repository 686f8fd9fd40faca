// Stochastic gradient descent with momentum, in PyTorch's form (Sutskever et al. 2013):
//   b = momentum b + g,  w -= lr (nesterov ? g + momentum b : b).
#include "../simd/simd.h"
#include "optimizer.h"

namespace deeptype::optimizers {
namespace {

void update(std::span<float> w, std::span<const float> g, float* first, float*,
            const StepContext& context) {
  const auto momentum = static_cast<float>(context.options.momentum);
  const bool nesterov = context.options.nesterov;
  const float rate = context.learningRate;
  float* const weights = w.data();
  const float* const gradient = g.data();
  const std::size_t n = w.size();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      first[i] = momentum * first[i] + gradient[i];
      weights[i] -= rate * (nesterov ? gradient[i] + momentum * first[i] : first[i]);
    }
  });
}

// The step size is the same for every weight as it is.
float updateTogether(std::span<float> w, std::span<const float> g, float* first, float* second,
                     const StepContext& context) {
  update(w, g, first, second, context);
  return context.learningRate;
}

}  // namespace

extern constinit const Optimizer sgd{"sgd", update, updateTogether};

}  // namespace deeptype::optimizers
