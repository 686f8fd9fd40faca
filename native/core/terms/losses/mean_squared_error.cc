// Mean squared error over batch and outputs: (o - t)^2, derivative 2 (o - t).
#include "loss.h"

namespace deeptype::losses {
namespace {

struct Term {
  double operator()(double output, double target, float& derivative) const {
    const double error = output - target;
    derivative = static_cast<float>(2 * error);
    return error * error;
  }
};

}  // namespace

std::shared_ptr<Loss> meanSquaredError(const LossOptions&) {
  return std::make_shared<ElementwiseLoss<Term>>();
}

}  // namespace deeptype::losses
