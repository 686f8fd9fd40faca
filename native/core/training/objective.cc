#include "objective.h"

#include <cmath>

#include "../platform/stop.h"

namespace deeptype {

double alphaAt(double alpha, double warmup, std::uint64_t steps) {
  if (warmup <= 0) return alpha;
  return alpha * (1 - std::exp(-static_cast<double>(steps) / warmup));
}

double smoothPart(Backend& backend, const Evaluation& at, double decay, LossParts& parts) {
  const LossParts now = backend.evaluate(at);
  checkStop();  // a caller's loss that was waited for in vain
  parts = now;
  double f = parts.primary + at.beta * parts.distance;
  if (decay <= 0) return f;
  for (const double norm : backend.laterNorms(at.slot)) f += decay / 2 * norm * norm;
  if (at.wantGradient) backend.addWeightDecay(at.slot, decay);
  return f;
}

double alphaMax(Backend& backend) {
  const double largest = backend.alphaMax(false);
  return largest > 0 ? largest : backend.alphaMax(true);
}

}  // namespace deeptype
