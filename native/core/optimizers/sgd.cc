// Stochastic gradient descent with momentum, in PyTorch's form (Sutskever et al. 2013):
//   b = momentum b + g,  w -= lr (nesterov ? g + momentum b : b).
#include <algorithm>
#include <cmath>

#include "../norms.h"
#include "../simd/simd.h"
#include "optimizer.h"

namespace deeptype::optimizers {
namespace {

void update(std::span<float> w, std::span<const float> g, float* first, float*, float decay,
            const StepContext& context) {
  const auto momentum = static_cast<float>(context.options.momentum);
  const bool nesterov = context.options.nesterov;
  const float rate = context.learningRate;
  float* const weights = w.data();
  const float* const gradient = g.data();
  const std::size_t n = w.size();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      const float slope = gradient[i] + decay * weights[i];
      first[i] = momentum * first[i] + slope;
      weights[i] -= rate * (nesterov ? slope + momentum * first[i] : first[i]);
    }
  });
}

// The step size is the same for every weight as it is. A gradient that has stayed since the first
// of t steps moves the weights by lr (1 + m + ... + m^(t-1)) of itself, one power more with
// Nesterov's look ahead, and so must the penalty.
void updateGroups(MatrixView w, ConstMatrixView g, float* first, float* second, float* stepSizes,
                  double* squares, const StepContext& context) {
  update({w.data, w.size()}, {g.data, g.size()}, first, second, 0, context);
  const double m = context.options.momentum;
  const double powers = static_cast<double>(context.steps) + (context.options.nesterov ? 1 : 0);
  const double moved = context.learningRate * (1 - std::pow(m, powers)) / (1 - m);
  std::fill_n(stepSizes, w.rows, static_cast<float>(moved));
  squaredNorms(w, {squares, w.rows});
}

}  // namespace

extern constinit const Optimizer sgd{"sgd", update, updateGroups};

}  // namespace deeptype::optimizers
