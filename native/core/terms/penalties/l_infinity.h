#pragma once
// omega(w) = |w|_inf, summed over inputs: group L-infinity (Quattoni et al. 2009). It empties whole
// inputs, as the group lasso does, and makes the largest weights of the others equal.
#include <algorithm>
#include <cmath>
#include <limits>

#include "../../proximal/prox.h"
#include "../../proximal/threshold.h"
#include "penalty.h"

namespace deeptype::penalties {

struct LInfinity {
  static constexpr const char* name = "l-infinity";
  static constexpr PenaltyShape shape = PenaltyShape::largest;
  explicit LInfinity(const PenaltyOptions&) {}

  template <class W>
  DEEPTYPE_HOST_DEVICE double value(const W& w) const {
    return w.lInfinity();
  }

  // The sign of the largest weight; shared evenly where several are largest.
  template <class W, class G>
  DEEPTYPE_HOST_DEVICE void addSubgradient(const W& w, float weight, G gradient) const {
    const auto largest = static_cast<float>(w.lInfinity());
    if (largest == 0) return;
    std::size_t count = 0;
    for (std::size_t r = 0; r < w.size(); ++r) count += std::abs(w[r]) == largest;
    const float share = weight / static_cast<float>(count);
    for (std::size_t r = 0; r < w.size(); ++r) {
      if (std::abs(w[r]) == largest) gradient[r] += std::copysign(share, w[r]);
    }
  }

  template <class W>
  DEEPTYPE_HOST_DEVICE void prox(W w, float threshold) const {
    proxLInfinity(w, threshold);
  }

  template <class G>
  DEEPTYPE_HOST_DEVICE double dualNorm(const G& g) const {
    return g.l1();
  }
  double largestDualNorm(std::size_t width) const { return std::sqrt(static_cast<double>(width)); }

  // At w = 0, s is in the L1 ball: what is left of g is its L-infinity prox. Elsewhere s_r =
  // sign(w_r) p_r, p a distribution on the weights that are largest: -weight p is a projection onto
  // a simplex.
  template <class W, class G, class Out>
  DEEPTYPE_HOST_DEVICE void residual(const W& w, const G& g, double weight, Out residual) const {
    const auto largest = static_cast<float>(w.lInfinity());
    for (std::size_t r = 0; r < w.size(); ++r) residual[r] = g[r];
    if (largest == 0) return proxLInfinity(residual, weight);
    constexpr double none = -std::numeric_limits<double>::infinity();
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] = std::abs(w[r]) == largest ? -g[r] * std::copysign(1.0, w[r]) : none;
    }
    const double tau = simplexThreshold<Magnitude::raw>(residual, weight).high;
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] =
          std::abs(w[r]) == largest ? -std::copysign(1.0, w[r]) * std::min(residual[r], tau) : g[r];
    }
  }
};

}  // namespace deeptype::penalties
