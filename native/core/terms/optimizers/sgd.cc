// Stochastic gradient descent with momentum, in PyTorch's form (Sutskever et al. 2013):
//   b = momentum b + g,  w -= lr (nesterov ? g + momentum b : b).
#include <algorithm>
#include <cmath>

#include "../../platform/simd/simd.h"
#include "optimizer.h"

namespace deeptype::optimizers {
namespace {

void move(MatrixView w, ConstMatrixView g, float* first, const float* decays,
          const StepContext& context) {
  const auto momentum = static_cast<float>(context.options.momentum);
  const bool nesterov = context.options.nesterov;
  const float rate = context.learningRate;
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      float* const weights = w.row(j);
      float* const velocity = first + j * w.columns;
      const float* const gradient = g.row(j);
      for (std::size_t i = 0; i < w.columns; ++i) {
        const float slope = gradient[i] + decays[j] * weights[i];
        velocity[i] = momentum * velocity[i] + slope;
        weights[i] -= rate * (nesterov ? slope + momentum * velocity[i] : velocity[i]);
      }
    }
  });
}

void update(MatrixView w, ConstMatrixView g, float* first, float*, const float* decays,
            double* squares, const StepContext& context) {
  move(w, g, first, decays, context);
  checkedSquares(w, g, squares);
}

// The step size is the same for every weight as it is. A gradient that has stayed since the first
// of t steps moves the weights by lr (1 + m + ... + m^(t-1)) of itself, one power more with
// Nesterov's look ahead, and so must the penalty.
void updateGroups(MatrixView w, ConstMatrixView g, float* first, float*, float* stepSizes,
                  double* squares, const StepContext& context) {
  const float decays[Optimizer::kMostGroups] = {};
  move(w, g, first, decays, context);
  const double m = context.options.momentum;
  const double powers = static_cast<double>(context.steps) + (context.options.nesterov ? 1 : 0);
  const double moved = context.learningRate * (1 - std::pow(m, powers)) / (1 - m);
  std::fill_n(stepSizes, w.rows, static_cast<float>(moved));
  squaredNorms(w, {squares, w.rows});
}

}  // namespace

extern constinit const Optimizer sgd{"sgd", update, updateGroups};

}  // namespace deeptype::optimizers
