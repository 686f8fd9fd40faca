// Cross-entropy of softmax(logits) with one class a sample, mean over the batch:
//   loss_i = log sum_c exp(o_ic) - o_i,y(i),   d loss_i / d o_ic = softmax_c - [c = y(i)].
// Stable: the largest logit is taken off first.
#include <algorithm>
#include <cmath>

#include "../../platform/simd/math.h"
#include "loss.h"

namespace deeptype::losses {
namespace {

// log(x_1) + log(x_2) + ... for x_i >= 1, as few logarithms of products.
class SumOfLogs {
 public:
  void add(double x) {
    product_ *= x;
    if (product_ < 1e150) return;  // a NaN goes on
    sum_ += std::log(product_);
    product_ = 1;
  }
  double value() const { return sum_ + std::log(product_); }

 private:
  double sum_ = 0;
  double product_ = 1;
};

class CrossEntropy final : public Loss {
 public:
  TargetKind targets() const override { return TargetKind::classes; }

  double evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) override {
    const double scale = 1.0 / static_cast<double>(outputs.rows);
    double chosen = 0;  // sum of the logits of the true classes, the largest taken off
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      const float* const logits = outputs.row(i);
      float* const slope = gradient.row(i);
      float largest = logits[0];
      for (std::size_t c = 1; c < outputs.columns; ++c) largest = std::max(largest, logits[c]);
      for (std::size_t c = 0; c < outputs.columns; ++c) slope[c] = logits[c] - largest;
      chosen += targets.weight(i) * (static_cast<double>(logits[targets.classes[i]]) - largest);
    }
    exponentials(gradient);
    SumOfLogs logs;
    double weighted = 0;  // sum of the weighted logarithms
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      float* const slope = gradient.row(i);
      double total = 0;
      for (std::size_t c = 0; c < outputs.columns; ++c) total += slope[c];
      const double weight = targets.weight(i);
      if (targets.weights.empty())
        logs.add(total);
      else
        weighted += weight * std::log(total);
      const auto factor = static_cast<float>(weight * scale / total);
      for (std::size_t c = 0; c < outputs.columns; ++c) slope[c] *= factor;
      slope[targets.classes[i]] -= static_cast<float>(weight * scale);
    }
    return (logs.value() + weighted - chosen) * scale;
  }

 private:
  static void exponentials(MatrixView m) {
    const bool whole = m.contiguous();
    const std::size_t runs = whole ? 1 : m.rows, length = whole ? m.size() : m.columns;
    simd::dispatch([=]() DEEPTYPE_LAMBDA {
      for (std::size_t run = 0; run < runs; ++run) {
        float* const values = m.row(run);
        for (std::size_t i = 0; i < length; ++i) values[i] = simd::exp(values[i]);
      }
    });
  }
};

}  // namespace

std::shared_ptr<Loss> crossEntropy(const LossOptions&) { return std::make_shared<CrossEntropy>(); }

}  // namespace deeptype::losses
