// omega(w) = ratio |w|_1 + (1 - ratio)/2 |w|_2^2 (Zou & Hastie 2005, in scikit-learn's scaling).
// ratio 1 is the lasso's L1, ratio 0 ridge.
#include <algorithm>
#include <cmath>

#include "../../math/norms.h"
#include "../../proximal/prox.h"
#include "penalty.h"

namespace deeptype::penalties {
namespace {

class ElasticNet final : public Penalty {
 public:
  explicit ElasticNet(double ratio) : ratio_(ratio) {}

  Shape shape() const override { return Shape::separable; }

  double value(std::span<const float> w) const override {
    const double l2 = l2Norm(w);
    return ratio_ * l1Norm(w) + (1 - ratio_) / 2 * l2 * l2;
  }

  void addSubgradient(std::span<const float> w, float weight,
                      std::span<float> gradient) const override {
    for (std::size_t r = 0; r < w.size(); ++r) {
      const double sign = (w[r] > 0) - (w[r] < 0);
      gradient[r] += static_cast<float>(weight * (ratio_ * sign + (1 - ratio_) * w[r]));
    }
  }

  void prox(std::span<float> w, float threshold) const override {
    proxElasticNet(w, threshold, ratio_);
  }

  // max_r |g_r| / ratio; ridge alone never empties a group, its weight is measured by |g|_2.
  double dualNorm(std::span<const float> g) const override {
    if (ratio_ == 0) return l2Norm(g);
    return lInfinityNorm(g) / ratio_;
  }
  double largestDualNorm(std::size_t) const override { return 1 / ratio_; }

  void residual(std::span<const float> w, std::span<const double> g, double weight,
                std::span<double> residual) const override {
    const double l1 = weight * ratio_;
    const double l2 = weight * (1 - ratio_);
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] = w[r] == 0 ? std::copysign(std::max(0.0, std::abs(g[r]) - l1), g[r])
                              : g[r] + std::copysign(l1, static_cast<double>(w[r])) + l2 * w[r];
    }
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
