#include "coordinate_descent.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cholesky.h"
#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr std::size_t depth = 5;          // differences of iterates that are combined
constexpr std::uint64_t mostSweeps = 50;  // before the caller checks all columns again

using Points = std::vector<std::vector<double>>;  // oldest first

// Anderson extrapolation: sum_i c_i w_i over the last iterates, with the c of sum 1 that minimise
// |sum_i c_i (w_i - w_(i-1))|.
std::vector<double> extrapolated(const Points& points) {
  const std::size_t k = points.size() - 1, d = points[0].size();
  Buffer<double> steps(k * d), storage(k * k);
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < d; ++j) steps[i * d + j] = points[i + 1][j] - points[i][j];
  const View<double> products = storage.view(k, k);
  const View<const double> table = std::as_const(steps).view(k, d);
  shiftedGram(table, 0, products, 1);
  double trace = 0;
  for (std::size_t i = 0; i < k; ++i) trace += products(i, i);
  for (std::size_t i = 0; i < k; ++i) products(i, i) += 1e-10 * trace;
  std::vector<double> c(k, 1.0), combination(d, 0.0);
  if (!factorize(products, 1)) return points.back();
  solveFactorized(products, c.data());
  double sum = 0;
  for (const double v : c) sum += v;
  if (!std::isnormal(sum)) return points.back();
  for (std::size_t i = 0; i < k; ++i)
    addScaled(c[i] / sum, points[i + 1].data(), combination.data(), d);
  return combination;
}

}  // namespace

std::uint64_t CoordinateDescent::run(const std::vector<std::size_t>& set, std::vector<double>& w,
                                     std::uint64_t budget) const {
  std::vector<double> residual = residualOf(set, w);
  Points points{w};
  std::uint64_t sweeps = 0;
  while (sweeps < std::min(budget, mostSweeps) && !(stop && stop->isSet())) {
    sweep(set, w, residual);
    ++sweeps;
    points.push_back(w);
    if (points.size() <= depth) continue;
    std::vector<double> candidate = extrapolated(points);
    std::vector<double> candidateResidual = residualOf(set, candidate);
    if (objective(candidate, candidateResidual) < objective(w, residual)) {
      w = std::move(candidate);
      residual = std::move(candidateResidual);
    }
    points.assign(1, w);
  }
  return sweeps;
}

// w_j = S(x_j'r + |x_j|^2 w_j, l1) / (|x_j|^2 + l2)
void CoordinateDescent::sweep(const std::vector<std::size_t>& set, std::vector<double>& w,
                              std::vector<double>& residual) const {
  for (const std::size_t j : set) {
    if (stop && stop->isSet()) return;
    const double before = w[j], square = x.squaredNorms[j];
    const double z = dot(x.column(j), residual.data(), x.rows) + square * before;
    w[j] = softThreshold(z, weights.l1) / (square + weights.l2);
    if (w[j] != before) addScaled(before - w[j], x.column(j), residual.data(), x.rows);
  }
}

std::vector<double> CoordinateDescent::residualOf(const std::vector<std::size_t>& set,
                                                  const std::vector<double>& w) const {
  std::vector<double> residual(y.begin(), y.end());
  for (const std::size_t j : set)
    if (w[j] != 0) addScaled(-w[j], x.column(j), residual.data(), x.rows);
  return residual;
}

double CoordinateDescent::objective(const std::vector<double>& w,
                                    const std::vector<double>& residual) const {
  double l1 = 0;
  for (const double v : w) l1 += std::abs(v);
  return dot(residual.data(), residual.data(), residual.size()) / 2 + weights.l1 * l1 +
         weights.l2 / 2 * dot(w.data(), w.data(), w.size());
}

}  // namespace deeptype::linear
