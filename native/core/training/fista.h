#pragma once
// The last phase: enough noise-free steps for the zeros of the first layer to be real.
//
// FISTA (Beck & Teboulle 2009) on the whole table with backtracking and adaptive restart
// (O'Donoghue & Candes 2015, gradient and function schemes). One step size for all parameters, so
// that the penalty's closed form is the true proximal operator; every zero comes from it.
#include "problem.h"
#include "session.h"

namespace deeptype {

// Asked now and then, with the problem's network up to date, whether to end early.
using Interrupt = std::function<bool()>;

// `centers` may be null. The problem's network ends where it was settled. `lipschitz` is the
// estimate of the gradient's Lipschitz constant that the line search starts from and leaves behind.
SettleOutcome settle(Problem& problem, const Centers* centers, const SessionOptions& options,
                     const SettlePlan& plan, const Watch& watch, const Interrupt& interrupt,
                     double& lipschitz);

}  // namespace deeptype
