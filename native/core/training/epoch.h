#pragma once
// An epoch: the order of the rows, the steps on their mini-batches, and the inputs that they empty.
#include "context.h"

namespace deeptype {

EpochOutcome runEpoch(TrainingContext& context, const EpochPlan& plan, const Watch& watch);

}  // namespace deeptype
