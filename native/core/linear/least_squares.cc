#include "least_squares.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vectors.h"

namespace deeptype::linear {
namespace {

// [X; sqrt(alpha) I] by columns (D, N + D).
Buffer<double> augmented(const Design& x, double alpha) {
  const std::size_t d = x.columns(), n = x.rows, height = n + d;
  Buffer<double> a(d * height);
  a.clear();
  for (std::size_t j = 0; j < d; ++j) {
    std::copy_n(x.column(j), n, a.data() + j * height);
    a[j * height + n + j] = std::sqrt(alpha);
  }
  return a;
}

// A = Q R, Q in place of A and R (D,D) by columns; returns whether all columns are independent.
bool orthogonalize(View<double> a, View<double> r, const StopFlag* stop) {
  const auto most = static_cast<double>(std::max(a.rows, a.columns));
  const double rounding = 8 * most * std::numeric_limits<double>::epsilon();
  for (std::size_t j = 0; j < a.rows && !(stop && stop->isSet()); ++j) {
    double* const column = a.row(j);
    const double before = std::sqrt(dot(column, column, a.columns));
    std::fill_n(r.row(j), r.columns, 0.0);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t k = 0; k < j; ++k) {
        const double along = dot(a.row(k), column, a.columns);
        addScaled(-along, a.row(k), column, a.columns);
        r(j, k) += along;
      }
    }
    const double length = std::sqrt(dot(column, column, a.columns));
    if (!(length > rounding * before)) return false;
    for (std::size_t i = 0; i < a.columns; ++i) column[i] /= length;
    r(j, j) = length;
  }
  return true;
}

// R w = Q'y
std::vector<double> solve(View<const double> q, View<const double> r, const Target& y) {
  std::vector<double> rest = y.values, w(q.rows);
  rest.resize(q.columns, 0.0);
  for (std::size_t j = 0; j < w.size(); ++j) {
    w[j] = dot(q.row(j), rest.data(), q.columns);
    addScaled(-w[j], q.row(j), rest.data(), q.columns);
  }
  for (std::size_t j = w.size(); j-- > 0;) {
    w[j] /= r(j, j);
    addScaled(-w[j], r.row(j), w.data(), j);
  }
  return w;
}

}  // namespace

std::vector<std::vector<double>> leastSquares(const Design& x, std::span<const Target> targets,
                                              double alpha, const StopFlag* stop) {
  const std::size_t d = x.columns();
  Buffer<double> a = augmented(x, alpha), triangle(d * d);
  const View<double> q = a.view(d, x.rows + d), r = triangle.view(d, d);
  std::vector<std::vector<double>> coefficients;
  if (!orthogonalize(q, r, stop) || (stop && stop->isSet())) return coefficients;
  for (const Target& y : targets) coefficients.push_back(solve(q, r, y));
  return coefficients;
}

}  // namespace deeptype::linear
