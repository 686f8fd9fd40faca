#include "stationarity.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "../math/norms.h"
#include "../platform/threads.h"
#include "problem.h"
#include "screening.h"

namespace deeptype {

std::vector<double> dualNorms(ConstMatrixView g, const Penalty& penalty, unsigned threads) {
  std::vector<double> norms(g.rows);
  const std::size_t blocks = rowBlocks(g.rows, g.columns);
  parallelFor(blocks, threads, [&](std::size_t block) {
    for (std::size_t j = block * g.rows / blocks; j < (block + 1) * g.rows / blocks; ++j)
      norms[j] = penalty.dualNorm(g.rowSpan(j));
  });
  return norms;
}

namespace {

// The largest dual norm of the rows of the gradient: of the longest rows first, then of all that
// can exceed it.
double largestDualNorm(Screening& screening, std::size_t width, const Penalty& penalty,
                       unsigned threads) {
  constexpr std::size_t few = 64;
  double largest = 0;
  const auto look = [&](std::span<std::uint32_t> inputs) {
    std::sort(inputs.begin(), inputs.end());
    for (const double norm : dualNorms(screening.rows(inputs), penalty, threads))
      largest = std::max(largest, norm);
  };
  const std::vector<double> lengths = screening.bounds(0);
  std::vector<std::uint32_t> inputs(lengths.size());
  std::iota(inputs.begin(), inputs.end(), 0u);
  std::stable_sort(inputs.begin(), inputs.end(),
                   [&](auto a, auto b) { return lengths[a] > lengths[b]; });
  if (std::isfinite(lengths[inputs[0]]))
    look(std::span(inputs).first(std::min(few, inputs.size())));
  const double unit = penalty.largestDualNorm(width);
  std::erase_if(inputs, [&](auto j) { return unit * lengths[j] <= largest; });
  look(inputs);
  return largest;
}

double alphaMaxAt(Network empty, const Dataset& data, const SessionOptions& options, MatrixView g) {
  Problem problem(std::make_shared<Network>(std::move(empty)), options);
  problem.data = {{data.x.data, data.x.rows, 1, data.x.stride}, data.targets};
  Screening screening(data.x, g, options.threads);
  const auto add = [&](std::size_t begin, std::size_t count) {
    screening.add(begin, count, problem.objective.workspace());
  };
  problem.objective.table(*problem.network, problem.data, nullptr, 0, &problem.gradient,
                          options.threads, add);
  return largestDualNorm(screening, g.columns, *options.penalty, options.threads);
}

}  // namespace

double alphaMax(const Network& network, const Dataset& data, const SessionOptions& options,
                Buffer<float>& scratch) {
  const MatrixView g = network.layout().groups(scratch);
  const double weight = alphaMaxAt(network.emptied(network.activation()), data, options, g);
  if (weight > 0) return weight;
  // Every unit of some layer is dead at W_1 = 0: taken without the non-linearity.
  return alphaMaxAt(network.emptied(*findActivation("identity")), data, options, g);
}

namespace {

// |g_j + alpha s_j|, s the subgradient that makes it shortest
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

// |w_j - x_j| / eta, X = prox(W - eta G): the step that is left to go.
double stepResidual(ConstMatrixView w, ConstMatrixView g, ProximalLayer& proximal, double alpha,
                    unsigned threads) {
  constexpr double share = 0.01;  // of the largest group: what the threshold eta alpha is
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
  return proximal.isBounded() ? stepResidual(w, g, proximal, alpha, threads)
                              : subgradientResidual(w, g, proximal.penalty(), alpha);
}

}  // namespace deeptype
