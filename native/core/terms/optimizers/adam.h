#pragma once
// Adam (Kingma & Ba 2015, algorithm 1), in PyTorch's order of operations:
//   m = b1 m + (1-b1) g,  v = b2 v + (1-b2) g^2,
//   w -= lr / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + eps).
// For a group v is one number, the moving mean of the mean squared gradient.
#include <cmath>

#include "../../platform/host_device.h"
#include "optimizer.h"

namespace deeptype::optimizers {

struct Adam {
  static constexpr const char* name = "adam";
  static constexpr bool isAdaptive = true;

  struct Factors {
    explicit Factors(const StepContext& context)
        : b1(static_cast<float>(context.options.beta1)),
          b2(static_cast<float>(context.options.beta2)),
          c1(static_cast<float>(1 - context.options.beta1)),
          c2(static_cast<float>(1 - context.options.beta2)),
          epsilon(static_cast<float>(context.options.epsilon)),
          rate(context.learningRate),
          step(static_cast<float>(context.learningRate / context.correction1)),
          root(static_cast<float>(1 / std::sqrt(context.correction2))) {}
    float b1, b2, c1, c2, epsilon;
    float rate;  // lr
    float step;  // lr / (1 - b1^t)
    float root;  // 1 / sqrt(1 - b2^t)
  };

  DEEPTYPE_HOST_DEVICE_INLINE static void update(float& w, float g, float& m, float& v,
                                                 const Factors& f) {
    m = f.b1 * m + f.c1 * g;
    v = f.b2 * v + f.c2 * g * g;
    w -= f.step * m / (__builtin_sqrtf(v) * f.root + f.epsilon);
  }

  // With no gradient yet there is nothing to measure a step by, and the moving mean is 0.
  DEEPTYPE_HOST_DEVICE_INLINE static GroupStep groupStep(float meanSquare, float& v,
                                                         const Factors& f) {
    v = f.b2 * v + f.c2 * meanSquare;
    const float scale = v == 0 ? 0 : 1 / (__builtin_sqrtf(v) * f.root + f.epsilon);
    return {f.rate * scale, f.step * scale};
  }

  DEEPTYPE_HOST_DEVICE_INLINE static void updateInGroup(float& w, float g, float& m, float rate,
                                                        const Factors& f) {
    m = f.b1 * m + f.c1 * g;
    w -= rate * m;
  }
};

}  // namespace deeptype::optimizers
