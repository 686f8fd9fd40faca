#pragma once
// Primary losses. One variant a file; registry.h lists them.
#include <cstdint>
#include <span>
#include <string_view>

#include "../matrix.h"

namespace deeptype {

// What the loss compares the outputs of B samples with: one of the two, by Loss::targets.
struct Targets {
  std::span<const std::int32_t> classes;  // (B), 0 .. C-1
  ConstMatrixView values;                 // (B,C)
};

enum class TargetKind { classes, values };

class Loss {
 public:
  virtual ~Loss() = default;
  virtual TargetKind targets() const = 0;
  // The mean loss of outputs (B,C); d loss / d outputs (B,C) is written to `gradient`.
  virtual double evaluate(ConstMatrixView outputs, const Targets& targets,
                          MatrixView gradient) const = 0;
};

// nullptr when there is none of that name.
const Loss* findLoss(std::string_view name);

// The mean over batch and outputs of term(output, target, derivative&): the form that all
// element-wise losses share.
template <class Term>
class ElementwiseLoss final : public Loss {
 public:
  TargetKind targets() const override { return TargetKind::values; }

  double evaluate(ConstMatrixView outputs, const Targets& targets,
                  MatrixView gradient) const override {
    const double scale = 1.0 / static_cast<double>(outputs.size());
    double sum = 0;
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      for (std::size_t c = 0; c < outputs.columns; ++c) {
        float derivative = 0;
        sum += Term()(outputs(i, c), targets.values(i, c), derivative);
        gradient(i, c) = derivative * static_cast<float>(scale);
      }
    }
    return sum * scale;
  }
};

template <class Term>
const Loss& elementwise() {
  static const ElementwiseLoss<Term> loss;
  return loss;
}

}  // namespace deeptype
