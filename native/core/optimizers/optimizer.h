#pragma once
// First-order optimisers. One variant a file; registry.cc lists them.
//
// The first layer is updated group by group, one step size for all outgoing weights of an input: only
// then is the closed form of the penalty the true proximal operator in the metric of the step.
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

// What an optimiser remembers of one tensor; zeros before the first step.
struct Moments {
  Buffer<float> first;
  Buffer<float> second;
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
  // w -= step(g) for one group; `second` is one number for the group. Returns the group's step size.
  float (*updateGroup)(std::span<float> w, std::span<const float> g, float* first, float* second,
                       const StepContext& context);
};

// nullptr when there is none of that name.
const Optimizer* findOptimizer(std::string_view name);

}  // namespace deeptype
