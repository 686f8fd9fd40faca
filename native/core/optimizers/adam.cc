// Adam (Kingma & Ba 2015, algorithm 1), in PyTorch's order of operations:
//   m = b1 m + (1-b1) g,  v = b2 v + (1-b2) g^2,
//   w -= lr / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + eps).
// For a group v is one number, the moving mean of the mean squared gradient.
#include <cmath>

#include "../norms.h"
#include "../simd/simd.h"
#include "optimizer.h"

namespace deeptype::optimizers {
namespace {

struct Factors {
  explicit Factors(const StepContext& context)
      : b1(static_cast<float>(context.options.beta1)),
        b2(static_cast<float>(context.options.beta2)),
        c1(static_cast<float>(1 - context.options.beta1)),
        c2(static_cast<float>(1 - context.options.beta2)),
        epsilon(static_cast<float>(context.options.epsilon)),
        step(static_cast<float>(context.learningRate / context.correction1)),
        root(static_cast<float>(1 / std::sqrt(context.correction2))) {}
  float b1, b2, c1, c2, epsilon;
  float step;  // lr / (1 - b1^t)
  float root;  // 1 / sqrt(1 - b2^t)
};

void update(std::span<float> w, std::span<const float> g, float* first, float* second, float decay,
            const StepContext& context) {
  const Factors f(context);
  float* const weights = w.data();
  const float* const gradient = g.data();
  const std::size_t n = w.size();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      const float slope = gradient[i] + decay * weights[i];
      first[i] = f.b1 * first[i] + f.c1 * slope;
      second[i] = f.b2 * second[i] + f.c2 * slope * slope;
      weights[i] -= f.step * first[i] / (__builtin_sqrtf(second[i]) * f.root + f.epsilon);
    }
  });
}

float updateGroup(std::span<float> w, std::span<const float> g, float* first, float* second,
                  const StepContext& context) {
  const Factors f(context);
  const double norm = l2Norm(g);
  const auto meanSquare = static_cast<float>(norm * norm / static_cast<double>(g.size()));
  *second = f.b2 * *second + f.c2 * meanSquare;
  if (*second == 0) return 0;  // no gradient yet: nothing to measure a step by
  const float scale = 1 / (std::sqrt(*second) * f.root + f.epsilon);
  const float rate = f.step * scale;
  float* const weights = w.data();
  const float* const gradient = g.data();
  const std::size_t n = w.size();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      first[i] = f.b1 * first[i] + f.c1 * gradient[i];
      weights[i] -= rate * first[i];
    }
  });
  return context.learningRate * scale;
}

}  // namespace

extern constinit const Optimizer adam{"adam", update, updateGroup};

}  // namespace deeptype::optimizers
