// The objective over a whole table, and what accelerated proximal gradient does with its gradient.
#include <algorithm>
#include <cmath>

#include "../../first_layer/stationarity.h"
#include "../../math/finite.h"
#include "../../math/norms.h"
#include "cpu_backend.h"

namespace deeptype {

LossParts CpuBackend::evaluate(const Evaluation& evaluation) {
  const bool isTraining = evaluation.table == TableId::training;
  Problem& problem = problemOf(evaluation.table);
  const Dataset& data = dataOf(evaluation.table);
  const Clusters ofTable = clustersOf(evaluation.table);
  const bool isDrawn = evaluation.joint && ofTable.centroids.rows > 0;
  const Clusters* const clusters = isDrawn ? &ofTable : nullptr;
  const Network& at = isTraining ? network(evaluation.slot) : *all_.network;
  Buffer<float>* gradient = nullptr;
  if (evaluation.wantGradient) {
    if (isTraining) dropBackup();
    isGradientOfAll_ = !isTraining;
    gradient = &problem.filledGradient();
  }
  LossParts parts =
      evaluation.asBatch
          ? problem.objective.batch(at, data, clusters, evaluation.beta, gradient, options_.threads)
          : problem.objective.table(at, data, clusters, evaluation.beta, gradient,
                                    options_.threads);
  reduceLosses(parts, data.x.rows);
  parts.sparsity = problem.objective.sparsity(at, options_.threads);
  if (gradient) meanOverRanks(comm_, shareOfRows(comm_, data.x.rows), gradient->span());
  return parts;
}

std::vector<double> CpuBackend::laterNorms(Slot slot) {
  const Network& at = network(slot);
  std::vector<double> norms;
  for (std::size_t l = 1; l < at.layout().layers(); ++l) {
    const ConstMatrixView w = at.weight(l);
    norms.push_back(l2Norm({w.data, w.size()}));
  }
  return norms;
}

void CpuBackend::addWeightDecay(Slot slot, double decay) {
  const Network& at = network(slot);
  for (std::size_t l = 1; l < at.layout().layers(); ++l) {
    const ConstMatrixView w = at.weight(l);
    float* const g = at.layout().weight(evaluated().gradient, l).data;
    for (std::size_t i = 0; i < w.size(); ++i) g[i] += static_cast<float>(decay) * w.data[i];
  }
}

bool CpuBackend::isGradientFinite() {
  const Buffer<float>& gradient = evaluated().gradient;
  return allFinite<float>(gradient.span(), options_.threads);
}

void CpuBackend::readGradient(Buffer<float>& into) {
  into.copyFrom(std::as_const(evaluated().gradient).span());
}

// ---- accelerated proximal gradient

ModelTerms CpuBackend::proximalMove(const ProximalMove& move) {
  const std::size_t moved = movedParameters(move.firstLayerOnly);
  const Buffer<float>& gradient = evaluated().gradient;
  const float* const q = point_->parameters().data();
  float* const x = trial_->parameters().data();
  const auto step = static_cast<float>(1 / move.lipschitz);
  forRuns(moved, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) x[i] = q[i] - step * gradient[i];
  });
  prox(Slot::trial, move.alpha / move.lipschitz);
  ModelTerms model;
  forRuns(moved, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const double d = static_cast<double>(x[i]) - q[i];
      model.linear += d * gradient[i];
      model.squared += d * d;
    }
  });
  return model;
}

double CpuBackend::ascent(bool firstLayerOnly) {
  const float* const last = network(Slot::current).parameters().data();
  const float* const q = point_->parameters().data();
  const float* const x = trial_->parameters().data();
  const std::size_t moved = movedParameters(firstLayerOnly);
  double sum = 0;
  for (std::size_t i = 0; i < moved; ++i)
    sum += (static_cast<double>(q[i]) - x[i]) * (static_cast<double>(x[i]) - last[i]);
  return sum;
}

void CpuBackend::extrapolate(double momentum, bool firstLayerOnly) {
  const std::size_t moved = movedParameters(firstLayerOnly);
  float* const last = network(Slot::current).parameters().data();
  float* const q = point_->parameters().data();
  const float* const x = trial_->parameters().data();
  const auto weight = static_cast<float>(momentum);
  for (std::size_t i = 0; i < moved; ++i) q[i] = x[i] + weight * (x[i] - last[i]);
  std::copy_n(x, moved, last);
}

void CpuBackend::prox(Slot slot, double threshold) {
  proximal()(network(slot).groups(), threshold, options_.threads);
}

double CpuBackend::residual(Slot slot, double alpha) {
  Problem& problem = selection_.current();
  const Buffer<float>& gradient = problem.gradient;
  return firstLayerResidual(std::as_const(network(slot)).groups(),
                            problem.network->layout().groups(gradient), proximal(), alpha,
                            options_.threads);
}

}  // namespace deeptype
