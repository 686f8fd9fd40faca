// Huber loss with delta 1 (Huber 1964), mean over batch and outputs:
//   e^2 / 2 for |e| <= 1, |e| - 1/2 beyond; the derivative is e clipped to [-1, 1].
#include <cmath>

#include "loss.h"

namespace deeptype::losses {
namespace {

struct Term {
  double operator()(double output, double target, float& derivative) const {
    const double error = output - target;
    const double size = std::abs(error);
    derivative = static_cast<float>(size <= 1 ? error : std::copysign(1.0, error));
    return size <= 1 ? 0.5 * error * error : size - 0.5;
  }
};

}  // namespace

std::shared_ptr<Loss> huber(const LossOptions&) {
  return std::make_shared<ElementwiseLoss<Term>>();
}

}  // namespace deeptype::losses
