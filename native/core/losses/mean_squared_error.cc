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

const Loss& meanSquaredError() { return elementwise<Term>(); }

}  // namespace deeptype::losses
