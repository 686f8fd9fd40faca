#include "refined_gap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../platform/simd/simd.h"
#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr int corrections = 3;

// Double-double vectors: unevaluated sums high + low.
struct DoubleDouble {
  std::vector<double> high, low;
};

// s + error = a + b exactly (Knuth 1969, TwoSum).
DEEPTYPE_INLINE double twoSum(double a, double b, double& error) {
  const double s = a + b, part = s - a;
  error = (a - (s - part)) + (b - part);
  return s;
}

// y += a x. fma(a, x, 0) keeps compilers from contracting the product with the sum.
void addScaledTo(double a, const double* x, DoubleDouble& y) {
  double *high = y.high.data(), *low = y.low.data();
  const std::size_t n = y.high.size();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) {
      const double product = std::fma(a, x[i], 0.0);
      double error;
      high[i] = twoSum(high[i], product, error);
      low[i] += error + std::fma(a, x[i], -product);
    }
  });
}

// x'y
double dotWith(const double* x, const DoubleDouble& y) {
  const double *high = y.high.data(), *low = y.low.data();
  const std::size_t n = y.high.size();
  double result = 0;
  simd::dispatch([=, &result]() DEEPTYPE_LAMBDA {
    double sum = 0, rest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double product = std::fma(x[i], high[i], 0.0);
      double error;
      sum = twoSum(sum, product, error);
      rest += error + std::fma(x[i], high[i], -product) + x[i] * low[i];
    }
    result = sum + rest;
  });
  return result;
}

double signOf(double v) { return v > 0 ? 1 : -1; }

// The point w + correction, in double-double precision.
struct Corrected {
  const Design& x;
  std::span<const double> y, w;
  PenaltyWeights weights;
  std::vector<std::size_t> used;
  std::vector<double> correction;  // of the active columns

  DoubleDouble residual() const {
    DoubleDouble r{{y.begin(), y.end()}, std::vector<double>(y.size(), 0.0)};
    for (std::size_t p = 0; p < used.size(); ++p) {
      addScaledTo(-w[used[p]], x.column(used[p]), r);
      addScaledTo(-correction[p], x.column(used[p]), r);
    }
    return r;
  }

  void improve(const ActiveSet& active) {
    const DoubleDouble r = residual();
    std::vector<double> step(used.size());
    for (std::size_t p = 0; p < used.size(); ++p) {
      const std::size_t j = used[p];
      step[p] =
          dotWith(x.column(j), r) - weights.l2 * (w[j] + correction[p]) - weights.l1 * signOf(w[j]);
    }
    active.solve(step.data());
    addScaled(1, step.data(), correction.data(), step.size());
  }

  // As in dualityGap, with c (r + X correction) in place of c r.
  double gap() const {
    const DoubleDouble r = residual();
    std::vector<double> g(w.size()), fullCorrection(w.size(), 0.0);
    for (std::size_t p = 0; p < used.size(); ++p) fullCorrection[used[p]] = correction[p];
    double largest = 0;
    for (std::size_t j = 0; j < w.size(); ++j) {
      g[j] = dotWith(x.column(j), r) - weights.l2 * (w[j] + fullCorrection[j]);
      largest = std::max(largest, std::abs(g[j]));
    }
    const double c = largest > weights.l1 ? weights.l1 / largest : 1;
    double squares = 0, parts = 0;
    std::vector<double> difference = r.high;  // residual of w minus the dual point
    for (double& v : difference) v *= 1 - c;
    for (const std::size_t j : used) {
      addScaled(fullCorrection[j], x.column(j), difference.data(), difference.size());
      const double rest = (1 - c) * w[j] - c * fullCorrection[j];
      squares += rest * rest;
      parts += std::abs(w[j]) * std::max(0.0, weights.l1 - c * g[j] * signOf(w[j]));
    }
    return (dot(difference.data(), difference.data(), difference.size()) + weights.l2 * squares) /
               2 +
           parts;
  }
};

}  // namespace

double refinedGap(const Design& x, std::span<const double> y, std::span<const double> w,
                  const PenaltyWeights& weights, const ActiveSet& active) {
  Corrected point{x, y, w, weights, active.columnsInUse(), {}};
  const auto inUse = w.size() - static_cast<std::size_t>(std::count(w.begin(), w.end(), 0.0));
  const bool isSame =
      std::all_of(point.used.begin(), point.used.end(), [&](std::size_t j) { return w[j] != 0; });
  if (!isSame || point.used.size() != inUse) return std::numeric_limits<double>::infinity();
  point.correction.assign(point.used.size(), 0.0);
  for (int pass = 0; pass < corrections; ++pass) point.improve(active);
  return point.gap();
}

}  // namespace deeptype::linear
