// omega(w) = |w|_inf, summed over inputs: group L-infinity (Quattoni et al. 2009). It empties whole
// inputs, as the group lasso does, and makes the largest weights of the others equal.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../../math/norms.h"
#include "../../proximal/prox.h"
#include "../../proximal/threshold.h"
#include "penalty.h"

namespace deeptype::penalties {
namespace {

class LInfinity final : public Penalty {
 public:
  Shape shape() const override { return Shape::largest; }

  double value(std::span<const float> w) const override { return lInfinityNorm(w); }

  // The sign of the largest weight; shared evenly where several are largest.
  void addSubgradient(std::span<const float> w, float weight,
                      std::span<float> gradient) const override {
    const auto largest = static_cast<float>(lInfinityNorm(w));
    if (largest == 0) return;
    const auto count =
        std::count_if(w.begin(), w.end(), [&](float x) { return std::abs(x) == largest; });
    const float share = weight / static_cast<float>(count);
    for (std::size_t r = 0; r < w.size(); ++r) {
      if (std::abs(w[r]) == largest) gradient[r] += std::copysign(share, w[r]);
    }
  }

  void prox(std::span<float> w, float threshold) const override { proxLInfinity(w, threshold); }

  double dualNorm(std::span<const float> g) const override { return l1Norm(g); }
  double largestDualNorm(std::size_t width) const override {
    return std::sqrt(static_cast<double>(width));
  }

  // At w = 0, s is in the L1 ball: what is left of g is its L-infinity prox. Elsewhere s_r =
  // sign(w_r) p_r, p a distribution on the weights that are largest: -weight p is a projection onto
  // a simplex.
  void residual(std::span<const float> w, std::span<const double> g, double weight,
                std::span<double> residual) const override {
    const auto largest = static_cast<float>(lInfinityNorm(w));
    std::copy(g.begin(), g.end(), residual.begin());
    if (largest == 0) return proxLInfinity(residual, weight);
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] = std::abs(w[r]) == largest ? -g[r] * std::copysign(1.0, w[r])
                                              : -std::numeric_limits<double>::infinity();
    }
    const double tau = simplexThreshold<Sign::kept>(std::span<const double>(residual), weight).high;
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] =
          std::abs(w[r]) == largest ? -std::copysign(1.0, w[r]) * std::min(residual[r], tau) : g[r];
    }
  }
};

}  // namespace

std::unique_ptr<Penalty> lInfinity(const PenaltyOptions&) { return std::make_unique<LInfinity>(); }

}  // namespace deeptype::penalties
