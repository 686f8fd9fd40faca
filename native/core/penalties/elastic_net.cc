// omega(w) = ratio |w|_1 + (1 - ratio)/2 |w|_2^2 (Zou & Hastie 2005, in scikit-learn's scaling).
// Its prox is soft-thresholding by t ratio, then division by 1 + t (1 - ratio). ratio 1 is the
// lasso's L1, ratio 0 ridge.
#include <algorithm>
#include <cmath>

#include "../norms.h"
#include "penalty.h"

namespace deeptype::penalties {
namespace {

class ElasticNet final : public Penalty {
 public:
  explicit ElasticNet(double ratio) : ratio_(ratio) {}

  double value(std::span<const float> w) const override {
    double absolute = 0;
    double squared = 0;
    for (const float x : w) {
      absolute += std::abs(static_cast<double>(x));
      squared += static_cast<double>(x) * x;
    }
    return ratio_ * absolute + (1 - ratio_) / 2 * squared;
  }

  void addSubgradient(std::span<const float> w, float weight,
                      std::span<float> gradient) const override {
    for (std::size_t r = 0; r < w.size(); ++r) {
      const double sign = (w[r] > 0) - (w[r] < 0);
      gradient[r] += static_cast<float>(weight * (ratio_ * sign + (1 - ratio_) * w[r]));
    }
  }

  void prox(std::span<float> w, float threshold) const override {
    const auto soft = static_cast<float>(threshold * ratio_);
    const auto shrink = static_cast<float>(1 / (1 + threshold * (1 - ratio_)));
    for (float& x : w) {
      const float size = std::abs(x) - soft;
      x = size <= 0 ? 0.0f : std::copysign(size, x) * shrink;  // NaN passes through
    }
  }

  // max_r |g_r| / ratio; ridge alone never empties a group, its weight is measured by |g|_2.
  double emptyingWeight(std::span<const float> g) const override {
    if (ratio_ == 0) return l2Norm(g);
    double largest = 0;
    for (const float x : g) largest = std::max(largest, std::abs(static_cast<double>(x)));
    return largest / ratio_;
  }

  double kktResidual(std::span<const float> w, std::span<const float> g,
                     double weight) const override {
    const double l1 = weight * ratio_;
    const double l2 = weight * (1 - ratio_);
    double squared = 0;
    for (std::size_t r = 0; r < w.size(); ++r) {
      const double residual = w[r] == 0 ? std::max(0.0, std::abs(static_cast<double>(g[r])) - l1)
                                        : g[r] + std::copysign(l1, w[r]) + l2 * w[r];
      squared += residual * residual;
    }
    return std::sqrt(squared);
  }

 private:
  double ratio_;
};

}  // namespace

std::unique_ptr<Penalty> elasticNet(const PenaltyOptions& options) {
  return std::make_unique<ElasticNet>(options.l1Ratio);
}

std::unique_ptr<Penalty> l1(const PenaltyOptions&) { return std::make_unique<ElasticNet>(1.0); }

std::unique_ptr<Penalty> l2(const PenaltyOptions&) { return std::make_unique<ElasticNet>(0.0); }

}  // namespace deeptype::penalties
