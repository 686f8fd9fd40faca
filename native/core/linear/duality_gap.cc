#include "duality_gap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vectors.h"

namespace deeptype::linear {
namespace {

// (1 - c)^2 / 2 (|r|^2 + l2 |w|^2) + sum_j (l1 |w_j| - c w_j g_j) with g = X'r - l2 w and the
// largest c <= 1 for which c |g_j| <= l1.
double gapAtScaledResidual(std::span<const double> w, std::span<const double> correlations,
                           double squaredResidual, const PenaltyWeights& weights) {
  const auto [l1, l2] = weights;
  double largest = 0, squares = 0;
  for (std::size_t j = 0; j < w.size(); ++j) {
    largest = std::max(largest, std::abs(correlations[j] - l2 * w[j]));
    squares += w[j] * w[j];
  }
  const double c = largest > l1 ? l1 / largest : 1;
  double parts = 0;
  for (std::size_t j = 0; j < w.size(); ++j)
    if (w[j] != 0) parts += l1 * std::abs(w[j]) - c * w[j] * (correlations[j] - l2 * w[j]);
  return (1 - c) * (1 - c) / 2 * (squaredResidual + l2 * squares) + std::max(parts, 0.0);
}

// sum_j f(w_j) + f*(q_j) - w_j q_j for f = l1 |.| + l2 / 2 (.)^2, q = X'r and the conjugate
// f*(q) = S(q, l1)^2 / 2 l2.
double gapAtResidual(std::span<const double> w, std::span<const double> correlations,
                     const PenaltyWeights& weights) {
  const auto [l1, l2] = weights;
  double sum = 0;
  for (std::size_t j = 0; j < w.size(); ++j) {
    const double q = correlations[j];
    if (std::abs(q) > l1) {
      const double rest = softThreshold(q, l1) - l2 * w[j];
      sum += rest * rest / (2 * l2) + l1 * (std::abs(w[j]) - std::copysign(1.0, q) * w[j]);
    } else {
      sum += l1 * std::abs(w[j]) - w[j] * q + l2 / 2 * w[j] * w[j];
    }
  }
  return sum;
}

}  // namespace

double dualityGap(std::span<const double> w, std::span<const double> correlations,
                  double squaredResidual, const PenaltyWeights& weights) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double scaled =
      weights.l1 > 0 ? gapAtScaledResidual(w, correlations, squaredResidual, weights) : infinity;
  const double unscaled = weights.l2 > 0 ? gapAtResidual(w, correlations, weights) : infinity;
  return std::min(scaled, unscaled);
}

}  // namespace deeptype::linear
