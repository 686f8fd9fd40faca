#include "ridge.h"

#include "cholesky.h"
#include "least_squares.h"
#include "vectors.h"

namespace deeptype::linear {
namespace {

// y - X w
std::vector<double> residualOf(const Design& x, const Target& y, std::span<const double> w) {
  std::vector<double> r = y.values;
  for (std::size_t j = 0; j < w.size(); ++j) addScaled(-w[j], x.column(j), r.data(), x.rows);
  return r;
}

// X'r
std::vector<double> correlations(const Design& x, std::span<const double> r) {
  std::vector<double> q(x.columns());
  for (std::size_t j = 0; j < q.size(); ++j) q[j] = dot(x.column(j), r.data(), x.rows);
  return q;
}

// Solves (X'X + alpha I) w = X'y with one step of iterative refinement.
std::vector<double> primal(const Design& x, const Target& y, double alpha, View<const double> l) {
  std::vector<double> w(x.columns(), 0.0);
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<double> q = correlations(x, residualOf(x, y, w));
    addScaled(-alpha, w.data(), q.data(), q.size());
    solveFactorized(l, q.data());
    addScaled(1, q.data(), w.data(), w.size());
  }
  return w;
}

// w = X'c with (X X' + alpha I) c = y and one step of iterative refinement.
std::vector<double> dual(const Design& x, const Target& y, double alpha, View<const double> l) {
  std::vector<double> w(x.columns(), 0.0), c(x.rows, 0.0);
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<double> rest = residualOf(x, y, w);
    addScaled(-alpha, c.data(), rest.data(), rest.size());
    solveFactorized(l, rest.data());
    addScaled(1, rest.data(), c.data(), c.size());
    w = correlations(x, c);
  }
  return w;
}

// K + s 1 1' with s the mean diagonal element. With centred columns K 1 = alpha 1, so that K is
// nearly singular along 1; right-hand sides are orthogonal to 1, so no solution changes.
void addMeanDirection(View<double> k) {
  double trace = 0;
  for (std::size_t i = 0; i < k.rows; ++i) trace += k(i, i) / static_cast<double>(k.rows);
  for (std::size_t i = 0; i < k.rows; ++i)
    for (std::size_t j = 0; j <= i; ++j) k(i, j) += trace;
}

Buffer<double> rowsOf(const Design& x) {
  Buffer<double> rows(x.values.size());  // (N, D)
  for (std::size_t j = 0; j < x.columns(); ++j)
    for (std::size_t i = 0; i < x.rows; ++i) rows[i * x.columns() + j] = x.column(j)[i];
  return rows;
}

}  // namespace

RidgeFit ridge(const Design& x, std::span<const Target> targets, double alpha, unsigned threads,
               const StopFlag* stop) {
  const std::size_t n = x.rows, d = x.columns();
  const bool isPrimal = d <= n || alpha == 0;  // X X' has at most the rank of X
  const std::size_t m = isPrimal ? d : n;
  Buffer<double> storage(m * m);
  const View<double> k = storage.view(m, m);
  const auto isStopped = [stop] { return stop && stop->isSet(); };
  const Buffer<double> rows = isPrimal ? Buffer<double>() : rowsOf(x);
  const View<const double> vectors = isPrimal ? x.values.view(d, n) : rows.view(n, d);
  shiftedGram(vectors, alpha, k, threads, stop);
  RidgeFit fit;
  if (isStopped()) return fit;
  fit.definite = factorize(k, threads, stop);
  if (!fit.definite && isPrimal && d <= n && !isStopped()) {
    fit.coefficients = leastSquares(x, targets, alpha, stop);
    fit.definite = !fit.coefficients.empty();
    return fit;
  }
  if (!fit.definite && !isPrimal && x.centred && !isStopped()) {
    shiftedGram(vectors, alpha, k, threads, stop);
    addMeanDirection(k);
    fit.definite = factorize(k, threads, stop);
  }
  if (!fit.definite || isStopped()) return fit;
  for (const Target& y : targets)
    fit.coefficients.push_back(isPrimal ? primal(x, y, alpha, k) : dual(x, y, alpha, k));
  return fit;
}

}  // namespace deeptype::linear
