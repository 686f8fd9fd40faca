#pragma once
// omega(w) = |w|_1: the lasso (Tibshirani 1996).
#include "elastic_net.h"

namespace deeptype::penalties {

struct L1 : ElasticNet {
  static constexpr const char* name = "l1";
  explicit L1(const PenaltyOptions&) : ElasticNet(1.0) {}
};

}  // namespace deeptype::penalties
