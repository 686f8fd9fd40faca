// Mean absolute error (L1) over batch and outputs: |o - t|, derivative sign(o - t), 0 at the kink.
#include <cmath>

#include "loss.h"

namespace deeptype::losses {
namespace {

struct Term {
  double operator()(double output, double target, float& derivative) const {
    const double error = output - target;
    derivative = static_cast<float>((error > 0) - (error < 0));
    return std::abs(error);
  }
};

}  // namespace

std::shared_ptr<Loss> meanAbsoluteError(const LossOptions&) {
  return std::make_shared<ElementwiseLoss<Term>>();
}

}  // namespace deeptype::losses
