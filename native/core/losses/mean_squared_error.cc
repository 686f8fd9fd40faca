// Mean squared error over batch and outputs: (o - t)^2, derivative 2 (o - t).
#include <cmath>

#include "loss.h"

namespace deeptype::losses {
namespace {

class MeanSquaredError final : public Loss {
 public:
  TargetKind targets() const override { return TargetKind::values; }

  double evaluate(ConstMatrixView outputs, const Targets& targets,
                  MatrixView gradient) const override {
    return meanOverElements(outputs, targets.values, gradient,
                            [](double output, double target, float& derivative) {
                              const double error = output - target;
                              derivative = static_cast<float>(2 * error);
                              return error * error;
                            });
  }
};

}  // namespace

const Loss& meanSquaredError() {
  static const MeanSquaredError loss;
  return loss;
}

}  // namespace deeptype::losses
