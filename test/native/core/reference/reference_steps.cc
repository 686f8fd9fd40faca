// Optimiser steps of the reference backend.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "platform/stop.h"
#include "reference_backend.h"

namespace deeptype::reference {

void ReferenceBackend::steps(const StepRun& run, StepTotals& totals) {
  const Clusters ofTable = clustersOf(run.table);
  const Clusters* clusters = run.assignment == Assignment::table ? &ofTable : nullptr;
  auto alpha = run.alphas.begin();
  if (run.rows.empty()) return step(table(run.table).data, clusters, run, *alpha, totals);
  for (std::size_t begin = 0; begin < run.rows.size(); begin += run.batchSize) {
    const std::size_t count = std::min(run.batchSize, run.rows.size() - begin);
    if (run.assignment != Assignment::batch)
      batch_.gather(table(run.table).data, clusters, run.rows.subspan(begin, count), 1);
    for (unsigned inner = 0; inner < run.stepsPerBatch; ++inner) {
      checkStop();
      step(batch_.data(), batch_.clusters(), run, *alpha++, totals);
      if (totals.diverged != Divergence::none) return;
    }
  }
}

void ReferenceBackend::clusterBatch(std::span<const std::uint32_t> rows,
                                    const KMeansRequest& request) {
  batch_.gather(table(TableId::training).data, nullptr, rows, 1);
  KMeansRequest fresh = request;
  fresh.fromCurrent = false;
  fresh.clusters = std::min(request.clusters, rows.size());
  const Pass pass = forwardPass(layout_, slot(Slot::current), batch_.data().x, host_->activation());
  const Clustering found = cluster(pass.representation(), fresh, {});
  const std::vector<double> centroids(found.centroids.begin(), found.centroids.end());
  batch_.setClusters({centroids.data(), fresh.clusters, width()}, found.labels);
}

void ReferenceBackend::step(const Dataset& data, const Clusters* clusters, const StepRun& run,
                            double alpha, StepTotals& totals) {
  const double beta = clusters ? run.beta : 0, before = alpha;
  totals.last =
      objective(slot(Slot::current), data, clusters, beta, host_->activation(), &gradient_);
  if (!std::isfinite(totals.last.total(0, beta))) {
    totals.diverged = Divergence::loss;
    return;
  }
  if (run.table == TableId::training) maskGradient();
  if (!options_.proximal) {
    addSubgradient(alpha);
    alpha = 0;
  }
  const double squares =
      std::inner_product(gradient_.begin(), gradient_.end(), gradient_.begin(), 0.0);
  if (const double norm = std::sqrt(squares); norm > options_.maxGradientNorm) {
    for (double& g : gradient_) g *= options_.maxGradientNorm / norm;
    alpha *= options_.maxGradientNorm / norm;
  }
  update(run.learningRate, alpha);
  const Vector& p = slot(Slot::current);
  if (!std::isfinite(squares + totals.last.total(before, beta) +
                     std::accumulate(p.begin(), p.end(), 0.0))) {
    totals.diverged = Divergence::gradient;
    return;
  }
  totals.sum.primary += totals.last.primary;
  totals.sum.sparsity += totals.last.sparsity;
  totals.sum.distance += totals.last.distance;
  ++totals.steps;
}

void ReferenceBackend::update(double rate, double alpha) {
  Vector& p = slot(Slot::current);
  ++moments_.steps;
  for (std::size_t j = 0; j < layout_.inputs() && options_.proximal; ++j)
    if (isSelected_[j]) updateGroup(j, rate, alpha);
  std::vector<double> decays(p.size(), 0.0);
  for (std::size_t l = 1; l < layout_.layers(); ++l)
    std::fill_n(decays.begin() + static_cast<std::ptrdiff_t>(layout_.weightOffset(l)),
                layout_.in(l)*layout_.out(l), options_.weightDecay);
  for (std::size_t i = options_.proximal ? layout_.biasOffset(0) : 0; i < p.size(); ++i)
    p[i] -= stepOf(i, gradient_[i] + decays[i] * p[i], rate);
  if (!options_.constraint) return;
  onGroups(p, [&](MatrixView w) {
    project(*options_.constraint, {w.data, w.rows, layout_.out(0), w.stride}, 1);
  });
}

// Of one weight: Adam (Kingma & Ba 2015), or momentum (Sutskever et al. 2013).
double ReferenceBackend::stepOf(std::size_t at, double slope, double rate) {
  const OptimizerOptions& o = options_.optimizerOptions;
  double &m = moments_.first[at], &v = moments_.second[at];
  const auto t = static_cast<double>(moments_.steps);
  if (options_.optimizer == "sgd") {
    m = o.momentum * m + slope;
    return rate * (o.nesterov ? slope + o.momentum * m : m);
  }
  m = o.beta1 * m + (1 - o.beta1) * slope;
  v = o.beta2 * v + (1 - o.beta2) * slope * slope;
  return rate * m / (1 - std::pow(o.beta1, t)) /
         (std::sqrt(v / (1 - std::pow(o.beta2, t))) + o.epsilon);
}

// One step size for all weights of an input, and the proximal operator in its metric.
void ReferenceBackend::updateGroup(std::size_t j, double rate, double alpha) {
  const OptimizerOptions& o = options_.optimizerOptions;
  const auto t = static_cast<double>(moments_.steps);
  const std::span<double> w = group(slot(Slot::current), j), g = group(gradient_, j);
  double size = rate * (1 - std::pow(o.momentum, t + (o.nesterov ? 1 : 0))) / (1 - o.momentum);
  if (options_.optimizer == "sgd") {
    for (std::size_t k = 0; k < w.size(); ++k) w[k] -= stepOf(j * groupWidth() + k, g[k], rate);
  } else {
    double& v = moments_.group[j];
    v = o.beta2 * v + (1 - o.beta2) * std::inner_product(g.begin(), g.end(), g.begin(), 0.0) /
                          static_cast<double>(g.size());
    size = v == 0 ? 0 : rate / (std::sqrt(v / (1 - std::pow(o.beta2, t))) + o.epsilon);
    for (std::size_t k = 0; k < w.size(); ++k) {
      double& m = moments_.first[j * groupWidth() + k];
      m = o.beta1 * m + (1 - o.beta1) * g[k];
      w[k] -= size * m / (1 - std::pow(o.beta1, t));
    }
  }
  if (alpha <= 0) return;
  Buffer<float> row = toFloat(w);
  terms_.penalty->prox(row.span(), static_cast<float>(alpha * size));
  std::copy(row.begin(), row.end(), w.begin());
}

}  // namespace deeptype::reference
