// Optimiser steps on mini-batches.
#include <algorithm>
#include <cmath>
#include <utility>

#include "../../platform/threads.h"
#include "clipping.h"
#include "cpu_backend.h"

namespace deeptype {
namespace {

constexpr double kLongStep = 2e8;  // multiplications of a forward pass; some milliseconds

// Runs body(), which moves weights. Only a step that takes long may be stopped in the midst of it.
template <class Body>
void moveWeights(const Network& network, const Dataset& batch, StepTotals& totals, Body body) {
  const double work =
      static_cast<double>(batch.x.rows) * static_cast<double>(network.layout().size());
  const StopScope scope(work > kLongStep ? StopScope::current() : nullptr);
  totals.isPartial = true;
  body();
  totals.isPartial = false;
}

}  // namespace

// A step on a batch, and the problem that it is taken in.
struct CpuBackend::Step {
  Problem& problem;
  const Dataset& batch;
  const Clusters* clusters;  // or null
  double beta;               // 0 without clusters
  StepOptions options;
};

void CpuBackend::steps(const StepRun& run, StepTotals& totals) {
  Problem& problem = problemOf(run.table);
  const Dataset& table = dataOf(run.table);
  const Clusters ofTable = clustersOf(run.table);
  const bool isWhole = run.rows.empty();
  const std::size_t rows = isWhole ? table.x.rows : run.rows.size();
  const std::size_t size = isWhole ? rows : run.batchSize;
  auto alpha = run.alphas.begin();
  if (run.assignment != Assignment::batch) isBatchForward_ = false;
  for (std::size_t begin = 0; begin < rows; begin += size) {
    const Clusters* clusters = run.assignment == Assignment::table ? &ofTable : nullptr;
    if (!isWhole && run.assignment != Assignment::batch)
      batch_.gather(table, clusters, run.rows.subspan(begin, std::min(size, rows - begin)),
                    options_.threads);
    const Dataset& batch = isWhole ? table : batch_.data();
    if (!isWhole) clusters = batch_.clusters();
    for (unsigned inner = 0; inner < run.stepsPerBatch; ++inner) {
      checkStop();
      const unsigned threads = pace_.threads();
      pace_.begin();
      // The pass that `clusterBatch` has made is the first step's.
      if (!std::exchange(isBatchForward_, false))
        problem.objective.stepForward(*problem.network, batch, threads);
      takeStep({problem, batch, clusters, clusters ? run.beta : 0,
                StepOptions{run.learningRate, *alpha++, options_.weightDecay, options_.proximal,
                            options_.constraint ? &*options_.constraint : nullptr, threads}},
               totals);
      pace_.end();
      if (totals.diverged != Divergence::none) return;
    }
  }
}

void CpuBackend::clusterBatch(std::span<const std::uint32_t> rows, const KMeansRequest& request) {
  Problem& problem = selection_.withTable();
  batch_.gather(problem.data, nullptr, rows, options_.threads);
  problem.objective.stepForward(*problem.network, batch_.data(), options_.threads);
  KMeansOptions options = kmeansOptions(request);
  options.clusters = std::min(request.clusters, rows.size());
  const KMeansResult result =
      deeptype::kmeans(problem.objective.workspace().representation(), options);
  batch_.setClusters({result.centroids.data(), options.clusters, width()}, result.labels);
  isBatchForward_ = true;
}

// After the forward pass of the batch.
void CpuBackend::takeStep(const Step& step, StepTotals& totals) {
  LossParts& parts = totals.last;
  parts = step.problem.objective.stepLosses(step.batch, step.clusters, step.beta);
  reduceLosses(parts, step.batch.x.rows);
  if (!std::isfinite(parts.total(0, step.beta))) {
    totals.diverged = Divergence::loss;
    return;
  }
  if (std::isinf(options_.maxGradientNorm) && isSingle(comm_))
    moveByBlocks(step, totals);
  else
    moveWhole(step, totals);
  Stepper& stepper = step.problem.stepper;
  moveWeights(*step.problem.network, step.batch, totals, [&] { parts.sparsity = stepper.end(); });
  if (!stepper.isFinite() || !std::isfinite(parts.total(step.options.alpha, step.beta))) {
    totals.diverged = Divergence::gradient;
    return;
  }
  totals.sum.primary += parts.primary;
  totals.sum.sparsity += parts.sparsity;
  totals.sum.distance += parts.distance;
  ++totals.steps;
}

// The gradient moves the weights in blocks, while they are in the cache.
void CpuBackend::moveByBlocks(const Step& step, StepTotals& totals) {
  Problem& problem = step.problem;
  Stepper& stepper = problem.stepper;
  const auto weights = [&stepper](std::size_t layer, std::size_t block, std::size_t row,
                                  MatrixView g) { stepper.weights(layer, block, row, g); };
  const auto bias = [&stepper](std::size_t layer, std::span<float> g) { stepper.bias(layer, g); };
  GradientSink sink{weights, bias};
  moveWeights(*problem.network, step.batch, totals, [&] {
    stepper.begin(*problem.network, *terms_.penalty, step.options);
    const auto touched = stepper.touched();
    sink.touched = touched;
    problem.objective.stepGradient(*problem.network, step.batch, step.beta != 0, sink,
                                   step.options.threads);
  });
}

// The whole gradient is known before a weight moves: for its norm, and for its sum over ranks.
void CpuBackend::moveWhole(const Step& step, StepTotals& totals) {
  Problem& problem = step.problem;
  Stepper& stepper = problem.stepper;
  StepOptions options = step.options;
  problem.objective.stepGradient(*problem.network, step.batch, step.beta != 0, problem.gradient,
                                 options.threads);
  meanOverRanks(comm_, shareOfRows(comm_, step.batch.x.rows), problem.gradient.span());
  if (!options.proximal) {
    addSubgradient(problem, options.alpha);
    options.alpha = 0;
  }
  options.alpha *= clipGradient(problem.gradient.span(), options_.maxGradientNorm, options.threads);
  const auto weights = [&stepper](std::size_t layer, std::size_t block, std::size_t row,
                                  MatrixView g) { stepper.weights(layer, block, row, g); };
  const auto bias = [&stepper](std::size_t layer, std::span<float> g) { stepper.bias(layer, g); };
  moveWeights(*problem.network, step.batch, totals, [&] {
    stepper.begin(*problem.network, *terms_.penalty, options);
    forBlocks(problem.network->layout(), problem.gradient, GradientSink{weights, bias},
              options.threads);
  });
}

void CpuBackend::addSubgradient(Problem& problem, double alpha) {
  if (alpha <= 0) return;
  const ConstMatrixView w = std::as_const(*problem.network).groups();
  const MatrixView g = problem.network->layout().groups(problem.gradient);
  const std::size_t blocks = rowBlocks(g.rows, g.columns);
  parallelFor(blocks, options_.threads, [&](std::size_t i) {
    for (std::size_t j = i * g.rows / blocks; j < (i + 1) * g.rows / blocks; ++j)
      terms_.penalty->addSubgradient(w.rowSpan(j), static_cast<float>(alpha), g.rowSpan(j));
  });
}

// The means over the rows of this rank become those over all.
void CpuBackend::reduceLosses(LossParts& parts, std::size_t rows) {
  if (isSingle(comm_)) return;
  double means[] = {parts.primary, parts.distance};
  meanOverRanks(comm_, shareOfRows(comm_, rows), std::span<double>(means));
  parts.primary = means[0];
  parts.distance = means[1];
}

}  // namespace deeptype
