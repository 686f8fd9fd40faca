#pragma once
// The last phase: enough noise-free steps for the zeros of the first layer to be real.
//
// FISTA (Beck & Teboulle 2009) on the whole table with backtracking and adaptive restart
// (O'Donoghue & Candes 2015, gradient and function schemes). One step size for all parameters, so
// that the penalty's closed form is the true proximal operator; every zero comes from it.
#include <functional>

#include "context.h"

namespace deeptype {

// Asked now and then, with the accepted point current, whether to end early.
using Interrupt = std::function<bool()>;

// On the inputs that are active; they end where they were settled. The line search starts from
// context.lipschitz and leaves its estimate there.
SettleOutcome runFista(TrainingContext& context, const SettlePlan& plan, const Watch& watch,
                       const Interrupt& interrupt);

// The same on the active inputs until those left out may stay so.
void settle(TrainingContext& context, const SettlePlan& plan, const Watch& watch,
            SettleOutcome& outcome);

}  // namespace deeptype
