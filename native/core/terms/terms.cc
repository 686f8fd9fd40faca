#include "terms.h"

namespace deeptype {

HostTerms::HostTerms(const TermOptions& options)
    : loss(options.callersLoss ? options.callersLoss : makeLoss(options.loss)),
      penalty(makePenalty(options.penalty, options.penaltyOptions)),
      distance(findDistance(options.distance)),
      optimizer(findOptimizer(options.optimizer)) {
  if (options.pairWeight > 0) loss = makeLoss("knowledge-graph", {loss, options.pairWeight});
}

}  // namespace deeptype
