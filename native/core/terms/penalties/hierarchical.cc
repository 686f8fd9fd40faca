// LassoNet's penalty (Lemhadri et al. 2021, JMLR 22(127), eq. 4): w = [W_j, theta_j] are an input's
// weights in the first layer and in the skip connection, omega(w) = |theta_j|_2 with the condition
// |W_jr| <= M |theta_j|_2. An input leaves when its linear part does. The set is not convex: its
// prox is exact, and what is certified is a stationary point of first order.
#include <algorithm>
#include <cmath>

#include "../../math/norms.h"
#include "../../proximal/prox.h"
#include "penalty.h"

namespace deeptype::penalties {
namespace {

constexpr double kReached = 1 - 1e-6;  // share of M |theta| from which on a weight is at its bound

class Hierarchical final : public Penalty {
 public:
  Hierarchical(double bound, std::size_t skip) : bound_(bound), skip_(skip) {}

  Shape shape() const override { return Shape::joint; }

  double value(std::span<const float> w) const override { return l2Norm(w.last(skip_)); }

  void addSubgradient(std::span<const float> w, float weight,
                      std::span<float> gradient) const override {
    const std::span<const float> theta = w.last(skip_);
    const double norm = l2Norm(theta);
    if (norm == 0) return;
    const auto factor = static_cast<float>(weight / norm);
    for (std::size_t c = 0; c < skip_; ++c) gradient.last(skip_)[c] += factor * theta[c];
  }

  void prox(std::span<float> w, float threshold) const override {
    proxHierarchical(w.last(skip_), w.first(w.size() - skip_), threshold, 0, bound_);
  }

  // A step from w = 0 stays there when |g_theta|_2 + M |g_W|_1 <= weight.
  double dualNorm(std::span<const float> g) const override {
    return l2Norm(g.last(skip_)) + bound_ * l1Norm(g.first(g.size() - skip_));
  }
  double largestDualNorm(std::size_t width) const override {
    return std::sqrt(1 + bound_ * bound_ * static_cast<double>(width - skip_));
  }

  // Karush-Kuhn-Tucker with multipliers nu_r >= 0 of |W_r| - M |theta| <= 0 where it holds with
  // equality: g_W + nu sign(W) = 0, g_theta + (weight - M sum nu) theta / |theta| = 0. The nu that
  // make what is left shortest are max(y_r - tau, 0), y = -g_W sign(W), for the tau of
  //   sum_r max(y_r - tau, 0) = tau / M^2 + b / M,   b = weight + g_theta . theta / |theta|.
  void residual(std::span<const float> w, std::span<const double> g, double weight,
                std::span<double> residual) const override {
    const std::size_t hidden = w.size() - skip_;
    const std::span<const float> theta = w.last(skip_);
    const double norm = l2Norm(theta);
    std::copy(g.begin(), g.end(), residual.begin());
    if (norm == 0) {
      const double dual = l2Norm(g.last(skip_)) + bound_ * l1Norm(g.first(hidden));
      std::fill(residual.begin(), residual.end(), 0.0);
      residual[0] = std::max(0.0, dual - weight);
      return;
    }
    double along = weight;
    for (std::size_t c = 0; c < skip_; ++c) along += g[hidden + c] * theta[c] / norm;
    const auto sign = [&](std::size_t r) {  // 0 where the bound is not reached
      const bool isReached = std::abs(static_cast<double>(w[r])) >= kReached * bound_ * norm;
      return isReached ? std::copysign(1.0, w[r]) : 0.0;
    };
    double tau = -HUGE_VAL;
    for (double last = -1;;) {
      double sum = 0;
      double count = 0;
      for (std::size_t r = 0; r < hidden; ++r) {
        if (sign(r) == 0 || -g[r] * sign(r) <= tau) continue;
        sum -= g[r] * sign(r);
        ++count;
      }
      if (count == last) break;
      tau = std::max(tau, (sum - along / bound_) / (count + 1 / (bound_ * bound_)));
      last = count;
    }
    double multipliers = 0;
    for (std::size_t r = 0; r < hidden; ++r) {
      const double nu = sign(r) == 0 ? 0 : std::max(0.0, -g[r] * sign(r) - tau);
      residual[r] += nu * sign(r);
      multipliers += nu;
    }
    for (std::size_t c = 0; c < skip_; ++c)
      residual[hidden + c] += (weight - bound_ * multipliers) * theta[c] / norm;
  }

 private:
  double bound_;      // M
  std::size_t skip_;  // numbers in theta_j
};

}  // namespace

std::unique_ptr<Penalty> hierarchical(const PenaltyOptions& options) {
  if (options.skip == 0) return nullptr;
  return std::make_unique<Hierarchical>(options.bound, options.skip);
}

}  // namespace deeptype::penalties
