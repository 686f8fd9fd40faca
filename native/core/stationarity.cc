#include "stationarity.h"

#include <algorithm>

namespace deeptype {

double emptyingWeight(const Network& network, Objective& objective, const Dataset& data,
                      Buffer<float>& scratch, unsigned threads) {
  Network empty = network.copy();
  const MatrixView w = empty.weight(0);
  std::fill_n(w.data, w.size(), 0.0f);
  objective.table(empty, data, nullptr, 0, &scratch, threads);
  const MatrixView g = network.layout().weight(scratch, 0);
  double largest = 0;
  for (std::size_t j = 0; j < g.rows; ++j) {
    largest = std::max(largest, objective.penalty().emptyingWeight(g.rowSpan(j)));
  }
  return largest;
}

double firstLayerResidual(const Network& network, const Buffer<float>& gradient,
                          const Penalty& penalty, double alpha) {
  const ConstMatrixView w = network.weight(0);
  const ConstMatrixView g = network.layout().weight(gradient, 0);
  double largest = 0;
  for (std::size_t j = 0; j < w.rows; ++j) {
    largest = std::max(largest, penalty.kktResidual(w.rowSpan(j), g.rowSpan(j), alpha));
  }
  return largest;
}

}  // namespace deeptype
