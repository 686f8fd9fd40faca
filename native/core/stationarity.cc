#include "stationarity.h"

#include <algorithm>
#include <vector>

#include "norms.h"

namespace deeptype {

namespace {

double emptyingWeightOf(Network empty, Objective& objective, const Dataset& data,
                        Buffer<float>& scratch, unsigned threads, const StopFlag& stop) {
  const MatrixView w = empty.weight(0);
  std::fill_n(w.data, w.size(), 0.0f);
  objective.table(empty, data, nullptr, 0, &scratch, threads, &stop);
  const MatrixView g = empty.layout().weight(scratch, 0);
  double largest = 0;
  for (std::size_t j = 0; j < g.rows; ++j) {
    largest = std::max(largest, objective.penalty().emptyingWeight(g.rowSpan(j)));
  }
  return largest;
}

}  // namespace

double emptyingWeight(const Network& network, Objective& objective, const Dataset& data,
                      Buffer<float>& scratch, unsigned threads, const StopFlag& stop) {
  const double weight = emptyingWeightOf(network.copy(), objective, data, scratch, threads, stop);
  if (weight > 0) return weight;
  // Every unit of some layer is dead at W_1 = 0: taken without the non-linearity.
  return emptyingWeightOf(network.copy(*findActivation("identity")), objective, data, scratch,
                          threads, stop);
}

double firstLayerResidual(ConstMatrixView w, ConstMatrixView g, const Penalty& penalty,
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

}  // namespace deeptype
