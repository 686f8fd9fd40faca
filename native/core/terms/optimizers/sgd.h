#pragma once
// Stochastic gradient descent with momentum, in PyTorch's form (Sutskever et al. 2013):
//   b = momentum b + g,  w -= lr (nesterov ? g + momentum b : b).
#include <cmath>

#include "../../platform/host_device.h"
#include "optimizer.h"

namespace deeptype::optimizers {

struct Sgd {
  static constexpr const char* name = "sgd";
  static constexpr bool isAdaptive = false;

  struct Factors {
    explicit Factors(const StepContext& context)
        : momentum(static_cast<float>(context.options.momentum)),
          rate(context.learningRate),
          nesterov(context.options.nesterov),
          size(sizeOf(context)) {}
    float momentum;
    float rate;  // lr
    bool nesterov;
    float size;  // of the step of a group
  };

  DEEPTYPE_HOST_DEVICE_INLINE static void update(float& w, float g, float& b, float& /*v*/,
                                                 const Factors& f) {
    b = f.momentum * b + g;
    w -= f.rate * (f.nesterov ? g + f.momentum * b : b);
  }

  DEEPTYPE_HOST_DEVICE_INLINE static GroupStep groupStep(float, float& /*v*/, const Factors& f) {
    return {f.size, f.rate};
  }

  DEEPTYPE_HOST_DEVICE_INLINE static void updateInGroup(float& w, float g, float& b, float /*rate*/,
                                                        const Factors& f) {
    float none = 0;
    update(w, g, b, none, f);
  }

 private:
  // The step size is the same for every weight as it is. A gradient that has stayed since the first
  // of t steps moves the weights by lr (1 + m + ... + m^(t-1)) of itself, one power more with
  // Nesterov's look ahead, and so must the penalty.
  static float sizeOf(const StepContext& context) {
    const double m = context.options.momentum;
    const double powers = static_cast<double>(context.steps) + (context.options.nesterov ? 1 : 0);
    return static_cast<float>(context.learningRate * (1 - std::pow(m, powers)) / (1 - m));
  }
};

}  // namespace deeptype::optimizers
