// The gradient by the first layer's weights of all inputs, through the forward and backward pass of
// the selected ones, and the conditions that are read off it. Where bounds tell (screening.h), it
// is computed for some inputs only.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "../../first_layer/stationarity.h"
#include "../../math/norms.h"
#include "../../math/orthonormal.h"
#include "../../platform/threads.h"
#include "cpu_backend.h"

namespace deeptype {

// The inputs for which |g_j| may exceed what a dual norm of alpha takes, ascending.
std::vector<std::uint32_t> CpuBackend::longGradients(bool joint, double alpha, double beta) {
  dropBackup();
  const Clusters ofTable = clustersOf(TableId::training);
  const Clusters* const clusters = joint && ofTable.centroids.rows > 0 ? &ofTable : nullptr;
  Problem& problem = selection_.withTable();
  Screening& screening = selection_.screening(!isSingle(comm_));
  const auto add = [&](std::size_t begin, std::size_t count) {
    screening.add(begin, count, problem.objective.workspace());
  };
  problem.objective.table(*problem.network, problem.data, clusters, beta, &problem.filledGradient(),
                          options_.threads, add);
  const MatrixView g = all_.network->layout().groups(all_.gradient);
  meanOverRanks(comm_, shareOfRows(comm_, rows()), std::span(g.data, g.size()));
  return screening.beyond(alpha / terms_.penalty->largestDualNorm(g.columns));
}

std::vector<std::uint32_t> CpuBackend::violators(bool joint, double alpha, double beta) {
  std::vector<std::uint32_t> found;
  if (selection_.isWhole()) return found;
  const std::vector<std::uint32_t> inputs = longGradients(joint, alpha, beta);
  const ConstMatrixView g = selection_.screening(!isSingle(comm_)).rows(inputs);
  const std::vector<double> norms = dualNorms(g, *terms_.penalty, options_.threads);
  const std::span<const std::uint32_t> selected = selection_.inputs();
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const bool isOut = !std::binary_search(selected.begin(), selected.end(), inputs[k]);
    if (isOut && norms[k] > alpha) found.push_back(inputs[k]);
  }
  return found;
}

// Of every selected input, and of the others that may have a dual norm above alpha.
CpuBackend::InputGradient CpuBackend::inputGradient(bool joint, double alpha, double beta) {
  std::vector<std::uint32_t> inputs;
  if (!selection_.isWhole()) {
    const auto beyond = longGradients(joint, alpha, beta);
    const auto selected = selection_.inputs();
    std::set_union(selected.begin(), selected.end(), beyond.begin(), beyond.end(),
                   std::back_inserter(inputs));
    const ConstMatrixView g = selection_.screening(!isSingle(comm_)).rows(inputs);
    return {std::move(inputs), g};
  }
  evaluate({TableId::training, Slot::current, joint, beta, true});
  const MatrixView g = all_.network->layout().groups(all_.gradient);
  inputs.resize(g.rows);
  std::iota(inputs.begin(), inputs.end(), 0u);
  return {std::move(inputs), g};
}

double CpuBackend::kktResidual(bool joint, double alpha, double beta) {
  ProximalLayer proximal(*terms_.penalty, options_.constraint, all_.network->layout().out(0));
  // What a constraint makes of a row depends on others: all are wanted.
  const double least = proximal.isConstrained() ? 0 : alpha;
  const auto [inputs, g] = inputGradient(joint, least, beta);
  const ConstMatrixView all = std::as_const(*all_.network).groups();
  if (inputs.size() == all.rows)
    return firstLayerResidual(all, g, proximal, alpha, options_.threads);
  Buffer<float> w(g.size());  // the inputs that are missing are empty, and may stay so
  for (std::size_t k = 0; k < inputs.size(); ++k)
    std::copy_n(all.row(inputs[k]), all.columns, w.data() + k * all.columns);
  return firstLayerResidual(w.view(g.rows, g.columns), g, proximal, alpha, options_.threads);
}

double CpuBackend::alphaMax(bool linear) {
  dropBackup();
  const Activation& activation = linear ? *findActivation("identity") : all_.network->activation();
  Problem empty(std::make_shared<Network>(all_.network->emptied(activation)), terms_, options_);
  const ConstMatrixView x = all_.data.x;
  empty.data = {{x.data, x.rows, 1, x.stride}, all_.data.targets};
  const MatrixView g = all_.network->layout().groups(all_.filledGradient());
  Screening screening(x, g, options_.threads, !isSingle(comm_));
  const auto add = [&](std::size_t begin, std::size_t count) {
    screening.add(begin, count, empty.objective.workspace());
  };
  empty.objective.table(*empty.network, empty.data, nullptr, 0, &empty.gradient, options_.threads,
                        add);
  meanOverRanks(comm_, shareOfRows(comm_, rows()), std::span(g.data, g.size()));
  return largestDualNormOf(screening);
}

// Over all rows of the gradient: of the longest first, then of all that can exceed those.
double CpuBackend::largestDualNormOf(Screening& screening) const {
  constexpr std::size_t few = 64;
  double largest = 0;
  const auto look = [&](std::span<std::uint32_t> inputs) {
    std::sort(inputs.begin(), inputs.end());
    for (const double norm : dualNorms(screening.rows(inputs), *terms_.penalty, options_.threads))
      largest = std::max(largest, norm);
  };
  const std::vector<double> lengths = screening.bounds(0);
  std::vector<std::uint32_t> inputs(lengths.size());
  std::iota(inputs.begin(), inputs.end(), 0u);
  std::stable_sort(inputs.begin(), inputs.end(),
                   [&](auto a, auto b) { return lengths[a] > lengths[b]; });
  if (std::isfinite(lengths[inputs[0]]))
    look(std::span(inputs).first(std::min(few, inputs.size())));
  const double unit = terms_.penalty->largestDualNorm(all_.network->layout().groupWidth());
  std::erase_if(inputs, [&](auto j) { return unit * lengths[j] <= largest; });
  look(inputs);
  return largest;
}

}  // namespace deeptype
