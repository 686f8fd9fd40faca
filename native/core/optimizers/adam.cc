// Adam (Kingma & Ba 2015, algorithm 1), in PyTorch's order of operations:
//   m = b1 m + (1-b1) g,  v = b2 v + (1-b2) g^2,
//   w -= lr / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + eps).
// Together: v is one number, the moving mean of the mean squared gradient.
#include <cmath>

#include "../norms.h"
#include "../simd/simd.h"
#include "optimizer.h"

namespace deeptype::optimizers {
namespace {

struct Corrections {
  float step;  // lr / (1 - b1^t)
  float root;  // 1 / sqrt(1 - b2^t)
};

Corrections corrections(const StepContext& context) {
  const auto t = static_cast<double>(context.step);
  const double first = 1 - std::pow(context.options.beta1, t);
  const double second = 1 - std::pow(context.options.beta2, t);
  return {static_cast<float>(context.learningRate / first),
          static_cast<float>(1 / std::sqrt(second))};
}

void update(std::span<float> w, std::span<const float> g, float* first, float* second,
            const StepContext& context) {
  const auto [step, root] = corrections(context);
  const auto b1 = static_cast<float>(context.options.beta1);
  const auto b2 = static_cast<float>(context.options.beta2);
  const auto c1 = static_cast<float>(1 - context.options.beta1);
  const auto c2 = static_cast<float>(1 - context.options.beta2);
  const auto epsilon = static_cast<float>(context.options.epsilon);
  float* const weights = w.data();
  const float* const gradient = g.data();
  const std::size_t n = w.size();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      const float slope = gradient[i];
      first[i] = b1 * first[i] + c1 * slope;
      second[i] = b2 * second[i] + c2 * slope * slope;
      weights[i] -= step * first[i] / (__builtin_sqrtf(second[i]) * root + epsilon);
    }
  });
}

float updateTogether(std::span<float> w, std::span<const float> g, float* first, float* second,
                     const StepContext& context) {
  const auto [step, root] = corrections(context);
  const auto b1 = static_cast<float>(context.options.beta1);
  const auto c1 = static_cast<float>(1 - context.options.beta1);
  const double b2 = context.options.beta2;
  const double norm = l2Norm(g);
  const double meanSquare = norm * norm / static_cast<double>(g.size());
  *second = static_cast<float>(b2 * *second + (1 - b2) * meanSquare);
  const float scale = 1 / (std::sqrt(*second) * root + static_cast<float>(context.options.epsilon));
  const float rate = step * scale;
  float* const weights = w.data();
  const float* const gradient = g.data();
  const std::size_t n = w.size();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      first[i] = b1 * first[i] + c1 * gradient[i];
      weights[i] -= rate * first[i];
    }
  });
  return context.learningRate * scale;
}

}  // namespace

extern constinit const Optimizer adam{"adam", update, updateTogether};

}  // namespace deeptype::optimizers
