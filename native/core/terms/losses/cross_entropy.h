#pragma once
// Cross-entropy of softmax(logits) with one class a sample, mean over the batch:
//   loss_i = log sum_c exp(o_ic) - o_i,y(i),   d loss_i / d o_ic = softmax_c - [c = y(i)].
// Stable: the largest logit is taken off first. A row is evaluated in three passes, of which a
// backend may make the second, elementary::exp of each number, one pass over the batch.
#include <cstddef>

#include "../../platform/host_device.h"
#include "loss.h"

namespace deeptype::losses {

struct CrossEntropy {
  static constexpr const char* name = "cross-entropy";
  static constexpr TargetKind targets = TargetKind::classes;

  // x_c = o_c - max_k o_k; returns x_y.
  DEEPTYPE_HOST_DEVICE_INLINE static double shift(const float* o, std::size_t classes,
                                                  std::int32_t y, float* x) {
    float largest = o[0];
    for (std::size_t c = 1; c < classes; ++c) largest = o[c] > largest ? o[c] : largest;
    for (std::size_t c = 0; c < classes; ++c) x[c] = o[c] - largest;
    return static_cast<double>(o[y]) - largest;
  }

  // From x = exp(shifted logits) to x = weight d loss / d o; returns sum_c exp, of which the loss
  // is log(sum) - shift(o).
  DEEPTYPE_HOST_DEVICE_INLINE static double differentiate(float* x, std::size_t classes,
                                                          std::int32_t y, double weight) {
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += x[c];
    const auto factor = static_cast<float>(weight / sum);
    for (std::size_t c = 0; c < classes; ++c) x[c] *= factor;
    x[y] -= static_cast<float>(weight);
    return sum;
  }
};

}  // namespace deeptype::losses
