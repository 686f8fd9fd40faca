// Mean absolute error (L1) over batch and outputs: |o - t|, derivative sign(o - t), 0 at the kink.
#include <cmath>

#include "loss.h"

namespace deeptype::losses {
namespace {

class MeanAbsoluteError final : public Loss {
 public:
  TargetKind targets() const override { return TargetKind::values; }

  double evaluate(ConstMatrixView outputs, const Targets& targets,
                  MatrixView gradient) const override {
    return meanOverElements(outputs, targets.values, gradient,
                            [](double output, double target, float& derivative) {
                              const double error = output - target;
                              derivative = static_cast<float>((error > 0) - (error < 0));
                              return std::abs(error);
                            });
  }
};

}  // namespace

const Loss& meanAbsoluteError() {
  static const MeanAbsoluteError loss;
  return loss;
}

}  // namespace deeptype::losses
