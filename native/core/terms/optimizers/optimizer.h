#pragma once
// First-order optimisers. One variant a file; registry.h lists them.
//
// The first layer takes one step size for all outgoing weights of an input: only then is the closed
// form of the penalty the true proximal operator in the metric of the step. One for each input, not
// one for the layer, so that inputs which are left out do not change the steps of the others.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "../../math/matrix.h"
#include "../../platform/fields.h"

namespace deeptype {

// adam: beta1, beta2, epsilon; sgd: momentum, nesterov
#define DEEPTYPE_OPTIMIZER_OPTIONS(X) \
  X(double, beta1, 0.9, any)          \
  X(double, beta2, 0.999, any)        \
  X(double, epsilon, 1e-8, any)       \
  X(double, momentum, 0, any)         \
  X(bool, nesterov, false, any)

struct OptimizerOptions {
  DEEPTYPE_FIELDS(DEEPTYPE_OPTIMIZER_OPTIONS)
};

// What every tensor of one step shares.
struct StepContext {
  StepContext(double rate, std::uint64_t step, const OptimizerOptions& given)
      : learningRate(static_cast<float>(rate)),
        steps(step),
        options(given),
        correction1(1 - std::pow(given.beta1, static_cast<double>(step))),
        correction2(1 - std::pow(given.beta2, static_cast<double>(step))) {}
  float learningRate;
  std::uint64_t steps;  // 1 for the first
  const OptimizerOptions& options;
  double correction1;  // 1 - beta1^t, t = steps
  double correction2;
};

// What a group's step is measured by: the step size, which the penalty's threshold is a multiple
// of, and the factor of the moving mean.
struct GroupStep {
  float size;
  float rate;
};

// A variant applied to matrices in host memory.
struct Optimizer {
  const char* name;
  // Every row w of W: w -= step(g + decay w), one step size per weight and a decay for each row;
  // squares[j] becomes |w|_2^2 after it, and one is not finite if the square of a gradient is not.
  // All are contiguous, `first` and `second` shaped like W.
  void (*update)(MatrixView w, ConstMatrixView g, float* first, float* second, const float* decays,
                 double* squares, const StepContext& context);
  // Every row w of W is a group: w -= step(g) with one step size for all of it, which is written to
  // stepSizes; squares[j] becomes |w|_2^2 after it. `first` is shaped like W, `second` has one
  // number a row; at most kMostGroups rows.
  static constexpr std::size_t kMostGroups = 64;
  void (*updateGroups)(MatrixView w, ConstMatrixView g, float* first, float* second,
                       float* stepSizes, double* squares, const StepContext& context);
};

// nullptr when there is none of that name.
const Optimizer* findOptimizer(std::string_view name);

}  // namespace deeptype
