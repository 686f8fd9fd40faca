#pragma once
// First-order optimisers. One variant a file; registry.cc lists them.
//
// The first layer takes one step size for all its weights: only then is the closed form of the
// penalty the true proximal operator in the metric of the step, whatever its groups are.
#include <cstdint>
#include <span>
#include <string_view>

#include "../matrix.h"

namespace deeptype {

struct OptimizerOptions {
  double beta1 = 0.9;  // adam
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double momentum = 0;  // sgd
  bool nesterov = false;
};

struct StepContext {
  float learningRate;
  std::uint64_t step;  // 1 for the first
  const OptimizerOptions& options;
};

struct Optimizer {
  const char* name;
  // w -= step(g): one step size per weight.
  void (*update)(std::span<float> w, std::span<const float> g, float* first, float* second,
                 const StepContext& context);
  // w -= step(g) with one step size for all of w, which is returned; `second` is one number.
  float (*updateTogether)(std::span<float> w, std::span<const float> g, float* first, float* second,
                          const StepContext& context);
};

// nullptr when there is none of that name.
const Optimizer* findOptimizer(std::string_view name);

}  // namespace deeptype
