#pragma once
// omega(w) = ratio |w|_1 + (1 - ratio)/2 |w|_2^2 (Zou & Hastie 2005, in scikit-learn's scaling).
#include <algorithm>
#include <cmath>

#include "../../proximal/prox.h"
#include "penalty.h"

namespace deeptype::penalties {

struct ElasticNet {
  static constexpr const char* name = "elastic-net";
  static constexpr PenaltyShape shape = PenaltyShape::separable;
  explicit ElasticNet(const PenaltyOptions& options) : ElasticNet(options.l1Ratio) {}
  explicit ElasticNet(double l1Ratio) : ratio(l1Ratio) {}

  template <class W>
  DEEPTYPE_HOST_DEVICE double value(const W& w) const {
    const double l2 = w.l2();
    return ratio * w.l1() + (1 - ratio) / 2 * l2 * l2;
  }

  template <class W, class G>
  DEEPTYPE_HOST_DEVICE void addSubgradient(const W& w, float weight, G gradient) const {
    for (std::size_t r = 0; r < w.size(); ++r) {
      const double sign = (w[r] > 0) - (w[r] < 0);
      gradient[r] += static_cast<float>(weight * (ratio * sign + (1 - ratio) * w[r]));
    }
  }

  template <class W>
  DEEPTYPE_HOST_DEVICE void prox(W w, float threshold) const {
    proxElasticNet(w, threshold, ratio);
  }

  // max_r |g_r| / ratio; ridge alone never empties a group, its weight is measured by |g|_2.
  template <class G>
  DEEPTYPE_HOST_DEVICE double dualNorm(const G& g) const {
    if (ratio == 0) return g.l2();
    return g.lInfinity() / ratio;
  }
  double largestDualNorm(std::size_t /*width*/) const { return 1 / ratio; }

  template <class W, class G, class Out>
  DEEPTYPE_HOST_DEVICE void residual(const W& w, const G& g, double weight, Out residual) const {
    const double l1 = weight * ratio;
    const double l2 = weight * (1 - ratio);
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] = w[r] == 0 ? std::copysign(std::max(0.0, std::abs(g[r]) - l1), g[r])
                              : g[r] + std::copysign(l1, static_cast<double>(w[r])) + l2 * w[r];
    }
  }

  double ratio;
};

}  // namespace deeptype::penalties
