// omega(w) = |w|_2, summed over inputs: the L2,1 norm of Chen et al. 2020, eq. 2. Its prox is group
// soft-thresholding (Yuan & Lin 2006): w max(0, 1 - t / |w|_2).
#include <algorithm>
#include <cmath>

#include "../norms.h"
#include "penalty.h"

namespace deeptype::penalties {
namespace {

class GroupLasso final : public Penalty {
 public:
  double value(std::span<const float> w) const override { return l2Norm(w); }

  void addSubgradient(std::span<const float> w, float weight,
                      std::span<float> gradient) const override {
    const double norm = l2Norm(w);
    if (norm == 0) return;
    const auto factor = static_cast<float>(weight / norm);
    for (std::size_t r = 0; r < w.size(); ++r) gradient[r] += factor * w[r];
  }

  void prox(std::span<float> w, float threshold) const override {
    const double norm = l2Norm(w);
    const auto factor = static_cast<float>(norm <= threshold ? 0 : 1 - threshold / norm);
    if (factor == 0) {
      std::fill(w.begin(), w.end(), 0.0f);
    } else {
      for (float& x : w) x *= factor;
    }
  }

  double emptyingWeight(std::span<const float> g) const override { return l2Norm(g); }

  double kktResidual(std::span<const float> w, std::span<const float> g,
                     double weight) const override {
    const double norm = l2Norm(w);
    if (norm == 0) return std::max(0.0, l2Norm(g) - weight);
    double squared = 0;
    for (std::size_t r = 0; r < w.size(); ++r) {
      const double residual = g[r] + weight * w[r] / norm;
      squared += residual * residual;
    }
    return std::sqrt(squared);
  }
};

}  // namespace

std::unique_ptr<Penalty> groupLasso(const PenaltyOptions&) {
  return std::make_unique<GroupLasso>();
}

}  // namespace deeptype::penalties
