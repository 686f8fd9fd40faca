// Cross-entropy of softmax(logits) with one class a sample, mean over the batch:
//   loss_i = log sum_c exp(o_ic) - o_i,y(i),   d loss_i / d o_ic = softmax_c - [c = y(i)].
// Stable: the largest logit is taken off first.
#include <algorithm>
#include <cmath>

#include "../simd/math.h"
#include "loss.h"

namespace deeptype::losses {
namespace {

class CrossEntropy final : public Loss {
 public:
  TargetKind targets() const override { return TargetKind::classes; }

  double evaluate(ConstMatrixView outputs, const Targets& targets,
                  MatrixView gradient) const override {
    const double scale = 1.0 / static_cast<double>(outputs.rows);
    double sum = 0;
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      const auto logits = outputs.rowSpan(i);
      const auto slope = gradient.rowSpan(i);
      const auto label = static_cast<std::size_t>(targets.classes[i]);
      const float largest = *std::max_element(logits.begin(), logits.end());
      double total = 0;
      for (std::size_t c = 0; c < logits.size(); ++c) {
        slope[c] = simd::exp(logits[c] - largest);
        total += slope[c];
      }
      sum += std::log(total) + (static_cast<double>(largest) - logits[label]);
      const auto factor = static_cast<float>(scale / total);
      for (float& p : slope) p *= factor;
      slope[label] -= static_cast<float>(scale);
    }
    return sum * scale;
  }
};

}  // namespace

const Loss& crossEntropy() {
  static const CrossEntropy loss;
  return loss;
}

}  // namespace deeptype::losses
