#pragma once
// The cross-entropy with the exponentials of a batch in one pass for each instruction set.
#include <cmath>

#include "../../../math/elementary.h"
#include "../../../platform/simd/simd.h"
#include "../../../terms/losses/cross_entropy.h"

namespace deeptype {

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

// X = exp(X)
inline void exponentials(MatrixView x) {
  const bool whole = x.contiguous();
  const std::size_t runs = whole ? 1 : x.rows, length = whole ? x.size() : x.columns;
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t run = 0; run < runs; ++run) {
      float* const values = x.row(run);
      for (std::size_t i = 0; i < length; ++i) values[i] = elementary::exp(values[i]);
    }
  });
}

class CpuCrossEntropy final : public Loss {
 public:
  TargetKind targets() const override { return losses::CrossEntropy::targets; }

  // The gradient (B,C) holds the shifted logits and their exponentials on the way.
  double evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) override {
    using losses::CrossEntropy;
    const std::size_t classes = outputs.columns;
    const double scale = 1.0 / static_cast<double>(outputs.rows);
    double chosen = 0;  // sum of the shifted logits of the true classes
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      const std::int32_t y = targets.classes[i];
      chosen +=
          targets.weight(i) * CrossEntropy::shift(outputs.row(i), classes, y, gradient.row(i));
    }
    exponentials(gradient);
    SumOfLogs logs;
    double weighted = 0;  // sum of the weighted logarithms
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      const double weight = targets.weight(i);
      const double sum =
          CrossEntropy::differentiate(gradient.row(i), classes, targets.classes[i], weight * scale);
      if (targets.weights.empty())
        logs.add(sum);
      else
        weighted += weight * std::log(sum);
    }
    return (logs.value() + weighted - chosen) * scale;
  }
};

}  // namespace deeptype
