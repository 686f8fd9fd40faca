#pragma once
// A variant is its file here and its line in each of the two lists. It has
//   name
//   Factors(StepContext)                    the numbers that all weights of a step share
//   update(w, g, first, second, factors)    the step of one weight with gradient g
// and for groups, whose weights share one second moment:
//   isAdaptive                                        whether a step depends on the size of g
//   groupStep(meanSquare, second, factors)            meanSquare = |g|_2^2 / R, where isAdaptive
//   updateInGroup(w, g, first, rate, factors)         the step of one weight, groupStep's rate
//   given
#include "../variants.h"
#include "adam.h"
#include "sgd.h"

namespace deeptype::optimizers {

using All = Variants<  //
    Adam,              //
    Sgd>;

}  // namespace deeptype::optimizers
