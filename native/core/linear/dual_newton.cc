#include "dual_newton.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../platform/threads.h"
#include "cholesky.h"
#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr std::size_t task = 32;  // columns
constexpr int maxFailures = 10;   // steps that reduce the squared gradient by less than 10 %

// A dual point and the quantities derived from it.
struct Point {
  std::vector<double> u;         // (N)
  std::vector<double> products;  // (D): X'u
  std::vector<double> w;         // (D)
  std::vector<double> gradient;  // (N): l2 u + X w - y
};

std::vector<double> productsWith(const DualNewton& problem, const std::vector<double>& u) {
  const Design& x = problem.x;
  std::vector<double> products(x.columns());
  const bool large = x.columns() * x.rows > 100000;
  parallelFor((x.columns() + task - 1) / task, large ? problem.threads : 1, [&](std::size_t t) {
    for (std::size_t j = t * task; j < std::min(x.columns(), (t + 1) * task); ++j)
      products[j] = dot(x.column(j), u.data(), x.rows);
  });
  return products;
}

// Computes w and the gradient from u and the products.
void complete(const DualNewton& problem, Point& point) {
  const double threshold = problem.weights.l1 / problem.weights.l2;
  point.w.resize(problem.x.columns());
  point.gradient.assign(problem.y.begin(), problem.y.end());
  for (double& v : point.gradient) v = -v;
  addScaled(problem.weights.l2, point.u.data(), point.gradient.data(), point.u.size());
  for (std::size_t j = 0; j < point.w.size(); ++j) {
    point.w[j] = softThreshold(point.products[j], threshold);
    if (point.w[j] != 0)
      addScaled(point.w[j], problem.x.column(j), point.gradient.data(), problem.x.rows);
  }
}

// Solves (l2 I + X_A X_A') d = -gradient for the active columns; the shift grows until the matrix
// is numerically positive definite.
std::vector<double> newtonStep(const DualNewton& problem, const Point& point) {
  const std::size_t n = problem.x.rows;
  std::vector<std::size_t> used;
  double squares = 0;
  for (std::size_t j = 0; j < point.w.size(); ++j) {
    if (point.w[j] == 0) continue;
    used.push_back(j);
    squares += problem.x.squaredNorms[j];
  }
  Buffer<double> rows(n * used.size()), storage(n * n);
  for (std::size_t k = 0; k < used.size(); ++k)
    for (std::size_t i = 0; i < n; ++i) rows[i * used.size() + k] = problem.x.column(used[k])[i];
  const View<double> matrix = storage.view(n, n);
  const View<const double> table = std::as_const(rows).view(n, used.size());
  double shift = problem.weights.l2;
  shiftedGram(table, shift, matrix, problem.threads, problem.stop);
  while (!factorize(matrix, problem.threads, problem.stop)) {
    if (problem.stop && problem.stop->isSet()) break;
    shift = std::max(4 * shift, std::numeric_limits<double>::epsilon() * squares);
    shiftedGram(table, shift, matrix, problem.threads, problem.stop);
  }
  std::vector<double> step = point.gradient;
  for (double& v : step) v = -v;
  solveFactorized(matrix, step.data());
  return step;
}

// DoubleDouble line search by bisection: the derivative along the step is piecewise linear and
// increasing.
double stepLength(const DualNewton& problem, const Point& point, const std::vector<double>& step,
                  const std::vector<double>& change) {
  const double threshold = problem.weights.l1 / problem.weights.l2, l2 = problem.weights.l2;
  const std::size_t n = step.size();
  const double linear =
      l2 * dot(point.u.data(), step.data(), n) - dot(problem.y.data(), step.data(), n);
  const double quadratic = l2 * dot(step.data(), step.data(), n);
  const auto slope = [&](double t) {
    double sum = linear + t * quadratic;
    for (std::size_t j = 0; j < change.size(); ++j)
      sum += change[j] * softThreshold(point.products[j] + t * change[j], threshold);
    return sum;
  };
  if (slope(1) <= 0) return 1;
  double low = 0, high = 1;
  for (int halving = 0; halving < 30; ++halving) {
    const double middle = (low + high) / 2;
    (slope(middle) > 0 ? high : low) = middle;
  }
  return low > 0 ? low : high;
}

// Approximate rounding error of |gradient|^2.
double roundingFloor(const DualNewton& problem, const Point& point) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  double terms = dot(problem.y.data(), problem.y.data(), problem.y.size());
  for (std::size_t j = 0; j < point.w.size(); ++j)
    terms += point.w[j] * point.w[j] * problem.x.squaredNorms[j];
  return 16 * epsilon * epsilon * terms;
}

double squareOf(const std::vector<double>& v) { return dot(v.data(), v.data(), v.size()); }

}  // namespace

std::uint64_t DualNewton::solve(std::vector<double>& w, std::uint64_t budget) const {
  Point point;
  point.u.assign(y.begin(), y.end());  // the residual at w, over l2
  for (std::size_t j = 0; j < w.size(); ++j)
    if (w[j] != 0) addScaled(-w[j], x.column(j), point.u.data(), x.rows);
  for (double& v : point.u) v /= weights.l2;
  point.products = productsWith(*this, point.u);
  complete(*this, point);
  double best = std::numeric_limits<double>::infinity();
  std::uint64_t steps = 0;
  for (int failures = 0; steps < budget && failures < maxFailures && !(stop && stop->isSet());
       ++steps) {
    const double square = squareOf(point.gradient);
    failures = square < 0.9 * best ? 0 : failures + 1;
    if (square < best) {
      best = square;
      w = point.w;
    }
    if (square <= roundingFloor(*this, point)) break;
    const std::vector<double> step = newtonStep(*this, point);
    if (stop && stop->isSet()) break;
    const std::vector<double> change = productsWith(*this, step);
    const double length = stepLength(*this, point, step, change);
    addScaled(length, step.data(), point.u.data(), step.size());
    point.products = productsWith(*this, point.u);
    complete(*this, point);
  }
  return steps;
}

}  // namespace deeptype::linear
