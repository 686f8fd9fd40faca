#pragma once
// omega(w) = |w|_2, summed over inputs: the L2,1 norm of Chen et al. 2020, eq. 2.
#include "../../proximal/prox.h"
#include "penalty.h"

namespace deeptype::penalties {

struct GroupLasso {
  static constexpr const char* name = "group-lasso";
  static constexpr PenaltyShape shape = PenaltyShape::radial;
  explicit GroupLasso(const PenaltyOptions&) {}

  DEEPTYPE_HOST_DEVICE_INLINE double ofNorm(double norm) const { return norm; }
  DEEPTYPE_HOST_DEVICE_INLINE float multiple(double norm, float weight) const {
    return norm == 0 ? 0 : static_cast<float>(weight / norm);
  }
  DEEPTYPE_HOST_DEVICE_INLINE float shrinkage(double norm, float threshold) const {
    return groupL2Factor<float>(norm, threshold);
  }

  template <class G>
  DEEPTYPE_HOST_DEVICE double dualNorm(const G& g) const {
    return g.l2();
  }
  double largestDualNorm(std::size_t /*width*/) const { return 1; }

  template <class W, class G, class Out>
  DEEPTYPE_HOST_DEVICE void residual(const W& w, const G& g, double weight, Out residual) const {
    const double norm = w.l2();
    const double dual = g.l2();
    const double left = dual > weight ? 1 - weight / dual : 0;  // of g where w = 0
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] = norm == 0 ? left * g[r] : g[r] + weight * w[r] / norm;
    }
  }
};

}  // namespace deeptype::penalties
