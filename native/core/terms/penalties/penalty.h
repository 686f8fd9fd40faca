#pragma once
// Sparsity penalties on the first layer. All are sums over inputs: a penalty sees the outgoing
// weights w (R) of one input at a time. One variant a file; registry.h lists them.
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "../../math/matrix.h"
#include "../../platform/fields.h"

namespace deeptype {

// l1Ratio: of elastic-net, the share of the L1 part. M: of hierarchical, |w_r| <= M |theta|_2.
#define DEEPTYPE_PENALTY_OPTIONS(X) \
  X(double, l1Ratio, 0.5, any)      \
  X(double, M, 10, any)

struct PenaltyOptions {
  DEEPTYPE_FIELDS(DEEPTYPE_PENALTY_OPTIONS)
  std::size_t skip = 0;  // hierarchical: weights of an input in the skip connection, the last of w
};

// What a penalty is a function of: each weight by itself; the L2 norm of w; the largest weight; or
// of weights that play different parts. It decides which constraints its prox goes with.
enum class PenaltyShape { separable, radial, largest, joint };

// A variant applied to groups in host memory.
class Penalty {
 public:
  using Shape = PenaltyShape;

  virtual ~Penalty() = default;
  virtual Shape shape() const = 0;
  // omega(w)
  virtual double value(std::span<const float> w) const = 0;
  // gradient += weight * s, s in the subdifferential of omega at w (0 where it holds 0)
  virtual void addSubgradient(std::span<const float> w, float weight,
                              std::span<float> gradient) const = 0;
  // w = argmin_x 1/2 |x - w|^2 + threshold * omega(x)
  virtual void prox(std::span<float> w, float threshold) const = 0;
  // The same for up to kMostRows rows of W at a time, which pays where they are short; `squares`
  // are their |w|_2^2. The sum of omega; the subgradient, of each row multiples[j] w and what is
  // added to the gradient; and the prox with a threshold for each row, which returns the sum of
  // omega after it.
  static constexpr std::size_t kMostRows = 64;
  virtual double value(ConstMatrixView rows, std::span<const double> /*squares*/) const {
    double sum = 0;
    for (std::size_t j = 0; j < rows.rows; ++j) sum += value(rows.rowSpan(j));
    return sum;
  }
  virtual void subgradient(ConstMatrixView rows, std::span<const double> /*squares*/, float weight,
                           std::span<float> multiples, MatrixView gradient) const {
    for (std::size_t j = 0; j < rows.rows; ++j) {
      multiples[j] = 0;
      addSubgradient(rows.rowSpan(j), weight, gradient.rowSpan(j));
    }
  }
  virtual double prox(MatrixView rows, std::span<const float> thresholds,
                      std::span<const double> squares) const {
    for (std::size_t j = 0; j < rows.rows; ++j) prox(rows.rowSpan(j), thresholds[j]);
    return value(rows, squares);
  }
  // The dual norm of omega at the smooth gradient g: the smallest weight at which w = 0 is
  // stationary. For a penalty that never empties a group, the scale its weight is measured by.
  virtual double dualNorm(std::span<const float> g) const = 0;
  // Its maximum over all g (R) with |g|_2 = 1; infinite where no group is ever emptied.
  virtual double largestDualNorm(std::size_t width) const = 0;
  // residual = g + weight * s for the s in the subdifferential of omega at w that makes it
  // shortest: 0 at a stationary point.
  virtual void residual(std::span<const float> w, std::span<const double> g, double weight,
                        std::span<double> residual) const = 0;
};

// nullptr when there is none of that name, or it needs a skip connection.
std::unique_ptr<Penalty> makePenalty(std::string_view name, const PenaltyOptions& options);

}  // namespace deeptype
