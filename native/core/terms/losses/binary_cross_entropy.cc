// Binary cross-entropy from logits, mean over batch and outputs; targets in [0, 1]:
//   loss = max(o, 0) - o t + log(1 + exp(-|o|)),   d loss / d o = sigmoid(o) - t.
#include <cmath>

#include "loss.h"

namespace deeptype::losses {
namespace {

struct Term {
  double operator()(double output, double target, float& derivative) const {
    const double e = std::exp(-std::abs(output));
    derivative = static_cast<float>((output >= 0 ? 1 : e) / (1 + e) - target);
    return std::fmax(output, 0.0) - output * target + std::log1p(e);
  }
};

}  // namespace

std::shared_ptr<Loss> binaryCrossEntropy(const LossOptions&) {
  return std::make_shared<ElementwiseLoss<Term>>();
}

}  // namespace deeptype::losses
