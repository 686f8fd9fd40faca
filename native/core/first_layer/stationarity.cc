#include "stationarity.h"

#include <algorithm>
#include <cmath>

#include "../math/norms.h"
#include "../platform/stop.h"
#include "../platform/threads.h"

namespace deeptype {

std::vector<double> dualNorms(ConstMatrixView g, const Penalty& penalty, unsigned threads) {
  constexpr std::size_t worthwhile = 1 << 15;  // values a thread
  std::vector<double> norms(g.rows);
  const std::size_t parts = std::min(g.size() / worthwhile + 1, std::max<std::size_t>(g.rows, 1));
  parallelFor(parts, threads, [&](std::size_t part) {
    for (std::size_t j = part * g.rows / parts; j < (part + 1) * g.rows / parts; ++j)
      norms[j] = penalty.dualNorm(g.rowSpan(j));
  });
  return norms;
}

namespace {

// max_j |g_j + alpha s_j|, s_j the subgradient of least norm
double subgradientResidual(ConstMatrixView w, ConstMatrixView g, const Penalty& penalty,
                           double alpha) {
  std::vector<double> slope(w.columns), residual(w.columns);
  double largest = 0;
  for (std::size_t j = 0; j < w.rows; ++j) {
    checkStop();
    std::copy_n(g.row(j), g.columns, slope.begin());
    penalty.residual(w.rowSpan(j), slope, alpha, residual);
    largest = std::max(largest, l2Norm(residual));
  }
  return largest;
}

double largestRow(ConstMatrixView m) {
  double largest = 0;
  for (std::size_t j = 0; j < m.rows; ++j) largest = std::max(largest, l2Norm(m.rowSpan(j)));
  return largest;
}

// max_j |w_j - x_j| / eta with X = prox(W - eta G): the gradient mapping.
double stepResidual(ConstMatrixView w, ConstMatrixView g, ProximalLayer& proximal, double alpha,
                    unsigned threads) {
  constexpr double share = 0.01;  // threshold eta alpha as a fraction of the largest group norm
  const double size = largestRow(w);
  const double slope = alpha > 0 ? alpha : largestRow(g);
  const double eta = size > 0 && slope > 0 ? share * size / slope : 1;
  Buffer<float> storage(w.size());
  const MatrixView x = storage.view(w.rows, w.columns);
  for (std::size_t j = 0; j < w.rows; ++j) {
    for (std::size_t r = 0; r < w.columns; ++r)
      x(j, r) = static_cast<float>(w(j, r) - eta * g(j, r));
  }
  proximal(x, eta * alpha, threads);
  for (std::size_t j = 0; j < w.rows; ++j) {
    for (std::size_t r = 0; r < w.columns; ++r) x(j, r) = w(j, r) - x(j, r);
  }
  return largestRow(x) / eta;
}

}  // namespace

double firstLayerResidual(ConstMatrixView w, ConstMatrixView g, ProximalLayer& proximal,
                          double alpha, unsigned threads) {
  return proximal.isConstrained() ? stepResidual(w, g, proximal, alpha, threads)
                                  : subgradientResidual(w, g, proximal.penalty(), alpha);
}

}  // namespace deeptype
