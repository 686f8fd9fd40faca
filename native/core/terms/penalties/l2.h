#pragma once
// omega(w) = |w|_2^2 / 2: ridge. It shrinks, and empties nothing.
#include "elastic_net.h"

namespace deeptype::penalties {

struct L2 : ElasticNet {
  static constexpr const char* name = "l2";
  explicit L2(const PenaltyOptions&) : ElasticNet(0.0) {}
};

}  // namespace deeptype::penalties
