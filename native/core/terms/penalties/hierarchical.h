#pragma once
// LassoNet's penalty (Lemhadri et al. 2021, JMLR 22(127), eq. 4): w = [W_j, theta_j] are an input's
// weights in the first layer and in the skip connection, omega(w) = |theta_j|_2 with the condition
// |W_jr| <= M |theta_j|_2. An input leaves when its linear part does. The set is not convex: its
// prox is exact, and what is certified is a stationary point of first order.
#include <algorithm>
#include <cmath>

#include "../../proximal/prox.h"
#include "penalty.h"

namespace deeptype::penalties {

struct Hierarchical {
  static constexpr const char* name = "hierarchical";
  static constexpr PenaltyShape shape = PenaltyShape::joint;
  static constexpr bool needsSkip = true;
  explicit Hierarchical(const PenaltyOptions& options) : bound(options.M), skip(options.skip) {}

  template <class W>
  DEEPTYPE_HOST_DEVICE double value(const W& w) const {
    return w.last(skip).l2();
  }

  template <class W, class G>
  DEEPTYPE_HOST_DEVICE void addSubgradient(const W& w, float weight, G gradient) const {
    const W theta = w.last(skip);
    const double norm = theta.l2();
    if (norm == 0) return;
    const auto factor = static_cast<float>(weight / norm);
    for (std::size_t c = 0; c < skip; ++c) gradient.last(skip)[c] += factor * theta[c];
  }

  template <class W>
  DEEPTYPE_HOST_DEVICE void prox(W w, float threshold) const {
    proxHierarchical(w.last(skip), w.first(w.size() - skip), threshold, 0, bound);
  }

  // A step from w = 0 stays there when |g_theta|_2 + M |g_W|_1 <= weight.
  template <class G>
  DEEPTYPE_HOST_DEVICE double dualNorm(const G& g) const {
    return g.last(skip).l2() + bound * g.first(g.size() - skip).l1();
  }
  double largestDualNorm(std::size_t width) const {
    return std::sqrt(1 + bound * bound * static_cast<double>(width - skip));
  }

  // Karush-Kuhn-Tucker with multipliers nu_r >= 0 of |W_r| - M |theta| <= 0 where it holds with
  // equality: g_W + nu sign(W) = 0, g_theta + (weight - M sum nu) theta / |theta| = 0. The nu that
  // make what is left shortest are max(y_r - tau, 0), y = -g_W sign(W), for the tau of
  //   sum_r max(y_r - tau, 0) = tau / M^2 + b / M,   b = weight + g_theta . theta / |theta|.
  template <class W, class G, class Out>
  DEEPTYPE_HOST_DEVICE void residual(const W& w, const G& g, double weight, Out residual) const {
    const std::size_t hidden = w.size() - skip;
    const W theta = w.last(skip);
    const double norm = theta.l2();
    if (norm == 0) {
      for (std::size_t r = 0; r < w.size(); ++r) residual[r] = 0;
      residual[0] = std::max(0.0, dualNorm(g) - weight);
      return;
    }
    double along = weight;
    for (std::size_t c = 0; c < skip; ++c) along += g[hidden + c] * theta[c] / norm;
    const double tau = multiplierThreshold(w, g, norm, along);
    double multipliers = 0;
    for (std::size_t r = 0; r < hidden; ++r) {
      const double sign = signAtBound(w[r], norm);
      const double nu = sign == 0 ? 0 : std::max(0.0, -g[r] * sign - tau);
      residual[r] = g[r] + nu * sign;
      multipliers += nu;
    }
    for (std::size_t c = 0; c < skip; ++c)
      residual[hidden + c] = g[hidden + c] + (weight - bound * multipliers) * theta[c] / norm;
  }

  double bound;      // M
  std::size_t skip;  // numbers in theta_j

 private:
  static constexpr double kReached = 1 - 1e-6;  // share of M |theta| from which a weight is at it

  // The sign of a weight at its bound, 0 of any other.
  DEEPTYPE_HOST_DEVICE_INLINE double signAtBound(double w, double norm) const {
    return std::abs(w) >= kReached * bound * norm ? std::copysign(1.0, w) : 0.0;
  }

  template <class W, class G>
  DEEPTYPE_HOST_DEVICE double multiplierThreshold(const W& w, const G& g, double norm,
                                                  double along) const {
    double tau = -HUGE_VAL;
    for (double last = -1;;) {
      double sum = 0;
      double count = 0;
      for (std::size_t r = 0; r + skip < w.size(); ++r) {
        const double sign = signAtBound(w[r], norm);
        if (sign == 0 || -g[r] * sign <= tau) continue;
        sum -= g[r] * sign;
        ++count;
      }
      if (count == last) return tau;
      tau = std::max(tau, (sum - along / bound) / (count + 1 / (bound * bound)));
      last = count;
    }
  }
};

}  // namespace deeptype::penalties
