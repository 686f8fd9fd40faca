#pragma once
// A variant is its file here and its line in each of the two lists. It has, for groups w and g as
// proximal/group.h describes them,
//   name; shape; needsSkip            the last where the network must have a skip connection
//   Variant(PenaltyOptions)
//   value(w); addSubgradient(w, weight, gradient); prox(w, threshold)      or, where radial,
//   ofNorm(n); multiple(n, weight); shrinkage(n, threshold)                of n = |w|_2: omega; its
//                                     gradient is multiple w; its prox is shrinkage w
//   dualNorm(g); largestDualNorm(width); residual(w, g, weight, residual)     see Penalty
#include "../variants.h"
#include "elastic_net.h"
#include "group_lasso.h"
#include "hierarchical.h"
#include "l1.h"
#include "l2.h"
#include "l_infinity.h"

namespace deeptype::penalties {

using All = Variants<  //
    GroupLasso,        //
    L1,                //
    L2,                //
    ElasticNet,        //
    LInfinity,         //
    Hierarchical>;

}  // namespace deeptype::penalties
