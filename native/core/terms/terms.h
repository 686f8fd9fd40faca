#pragma once
// The terms of the objective and the optimiser as names and numbers, which is how they are handed
// to a backend, and the objects that carry them out on the host.
#include <memory>
#include <string>

#include "distances/distance.h"
#include "losses/loss.h"
#include "optimizers/optimizer.h"
#include "penalties/penalty.h"

namespace deeptype {

struct TermOptions {
  std::string loss;
  std::shared_ptr<Loss> callersLoss;  // instead, where not null; it runs on the host
  double pairWeight = 0;              // above 0: `knowledge-graph` is added to the loss
  std::string penalty;
  PenaltyOptions penaltyOptions;
  std::string distance;
  std::string optimizer;
  OptimizerOptions optimizerOptions;
};

// Null where there is none of that name.
struct HostTerms {
  explicit HostTerms(const TermOptions& options);

  std::shared_ptr<Loss> loss;
  std::unique_ptr<const Penalty> penalty;
  const Distance* distance;
  const Optimizer* optimizer;
};

}  // namespace deeptype
