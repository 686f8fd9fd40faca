// omega(w) = |w|_2, summed over inputs: the L2,1 norm of Chen et al. 2020, eq. 2.
#include <cmath>

#include "../../math/norms.h"
#include "../../proximal/prox.h"
#include "penalty.h"

namespace deeptype::penalties {
namespace {

class GroupLasso final : public Penalty {
 public:
  Shape shape() const override { return Shape::radial; }

  double value(std::span<const float> w) const override { return l2Norm(w); }

  void addSubgradient(std::span<const float> w, float weight,
                      std::span<float> gradient) const override {
    const float multiple = multipleOf(l2Norm(w), weight);
    addScaledRows({w.data(), 1, w.size()}, {&multiple, 1}, {gradient.data(), 1, gradient.size()});
  }

  void prox(std::span<float> w, float threshold) const override { proxGroupL2(w, threshold); }

  double value(ConstMatrixView, std::span<const double> squares) const override {
    double sum = 0;
    for (const double square : squares) sum += std::sqrt(square);
    return sum;
  }

  void subgradient(ConstMatrixView rows, std::span<const double> squares, float weight,
                   std::span<float> multiples, MatrixView) const override {
    for (std::size_t j = 0; j < rows.rows; ++j)
      multiples[j] = multipleOf(std::sqrt(squares[j]), weight);
  }

  double prox(MatrixView rows, std::span<const float> thresholds,
              std::span<const double> squares) const override {
    float factors[kMostRows];
    double sum = 0;
    for (std::size_t j = 0; j < rows.rows; ++j) {
      const double norm = std::sqrt(squares[j]);
      factors[j] = groupL2Factor<float>(norm, thresholds[j]);
      if (factors[j] != 0) sum += factors[j] * norm;  // a norm that is not finite may be cleared
    }
    scaleRows(rows, factors);
    return sum;
  }

  double dualNorm(std::span<const float> g) const override { return l2Norm(g); }
  double largestDualNorm(std::size_t) const override { return 1; }

  void residual(std::span<const float> w, std::span<const double> g, double weight,
                std::span<double> residual) const override {
    const double norm = l2Norm(w);
    const double dual = l2Norm(g);
    const double left = dual > weight ? 1 - weight / dual : 0;  // of g where w = 0
    for (std::size_t r = 0; r < w.size(); ++r) {
      residual[r] = norm == 0 ? left * g[r] : g[r] + weight * w[r] / norm;
    }
  }

 private:
  // weight w / |w|_2 is this times w
  static float multipleOf(double norm, float weight) {
    return norm == 0 ? 0 : static_cast<float>(weight / norm);
  }
};

}  // namespace

std::unique_ptr<Penalty> groupLasso(const PenaltyOptions&) {
  return std::make_unique<GroupLasso>();
}

}  // namespace deeptype::penalties
