#include "stationarity.h"

#include <algorithm>
#include <vector>

#include "norms.h"

namespace deeptype {

namespace {

double emptyingWeightOf(const Network& empty, Objective& objective, const Dataset& data,
                        Buffer<float>& scratch, unsigned threads, const StopFlag& stop) {
  objective.table(empty, data, nullptr, 0, &scratch, threads, &stop);
  const MatrixView g = empty.layout().groups(scratch);
  double largest = 0;
  for (std::size_t j = 0; j < g.rows; ++j) {
    largest = std::max(largest, objective.penalty().emptyingWeight(g.rowSpan(j)));
  }
  return largest;
}

}  // namespace

double emptyingWeight(const Network& network, Objective& objective, const Dataset& data,
                      Buffer<float>& scratch, unsigned threads, const StopFlag& stop) {
  const double weight = emptyingWeightOf(network.emptied(network.activation()), objective, data,
                                         scratch, threads, stop);
  if (weight > 0) return weight;
  // Every unit of some layer is dead at W_1 = 0: taken without the non-linearity.
  return emptyingWeightOf(network.emptied(*findActivation("identity")), objective, data, scratch,
                          threads, stop);
}

namespace {

// |g_j + alpha s_j|, s the subgradient that makes it shortest
double subgradientResidual(ConstMatrixView w, ConstMatrixView g, const Penalty& penalty,
                           double alpha) {
  std::vector<double> pull(w.columns), residual(w.columns);
  double largest = 0;
  for (std::size_t j = 0; j < w.rows; ++j) {
    std::copy_n(g.row(j), g.columns, pull.begin());
    penalty.residual(w.rowSpan(j), pull, alpha, residual);
    largest = std::max(largest, l2Norm(residual));
  }
  return largest;
}

double largestRow(ConstMatrixView m) {
  double largest = 0;
  for (std::size_t j = 0; j < m.rows; ++j) largest = std::max(largest, l2Norm(m.rowSpan(j)));
  return largest;
}

// |w_j - x_j| / eta, X = prox(W - eta G): the step that is left to go.
double stepResidual(ConstMatrixView w, ConstMatrixView g, ProximalLayer& proximal, double alpha,
                    unsigned threads) {
  constexpr double share = 0.01;  // of the largest group: what the threshold eta alpha is
  const double size = largestRow(w);
  const double pull = alpha > 0 ? alpha : largestRow(g);
  const double eta = size > 0 && pull > 0 ? share * size / pull : 1;
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
  return proximal.isBounded() ? stepResidual(w, g, proximal, alpha, threads)
                              : subgradientResidual(w, g, proximal.penalty(), alpha);
}

}  // namespace deeptype
