#pragma once
// The last phase: enough noise-free steps for the zeros of the first layer to be real.
//
// FISTA (Beck & Teboulle 2009) on the whole table with backtracking and adaptive restart
// (O'Donoghue & Candes 2015, gradient and function schemes). One step size for all parameters, so
// that the penalty's closed form is the true proximal operator; every zero comes from it.
#include "session.h"

namespace deeptype {

SettleOutcome settle(Network& network, Objective& objective, const Dataset& data,
                     const Centers* centers, double weightDecay, const SettlePlan& plan,
                     const Watch& watch, unsigned threads);

}  // namespace deeptype
