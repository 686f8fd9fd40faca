// An epoch of a session: the mini-batches, and the step on each.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "clipping.h"
#include "cpu_session.h"
#include "random.h"
#include "threads.h"

namespace deeptype {
namespace {

constexpr std::uint64_t kShuffleStream = std::uint64_t{1} << 32;

// Whether each row comes after the one before it in the table.
bool isRun(std::span<const std::uint32_t> rows) {
  const auto isGap = [](std::uint32_t row, std::uint32_t next) { return next != row + 1; };
  return std::ranges::adjacent_find(rows, isGap) == rows.end();
}

}  // namespace

EpochOutcome CpuSession::epoch(const EpochPlan& plan, const Watch& watch) {
  EpochOutcome outcome;
  Problem& problem = active_.current();
  const std::size_t n = rows();
  problem.stepper.forgetSparsity();
  problem.gradient.clear();  // which steps do without
  keepWeights(problem);
  std::iota(order_.begin(), order_.end(), 0u);
  if (plan.shuffle) {
    Random random(options_.seed, kShuffleStream + epochs_);
    shuffle(order_, random);
  }
  ++epochs_;
  LossParts sum;
  for (std::size_t begin = 0; begin < n; begin += plan.batchSize) {
    const std::size_t count = std::min(plan.batchSize, n - begin);
    const Dataset batch = gather(problem.data, {order_.data() + begin, count});
    std::optional<Centers> centers;
    if (plan.joint && plan.clusterEveryBatch) {
      centers = clusterBatch(problem, batch, plan.cluster);
      ++outcome.clusterings;
    }
    for (unsigned inner = 0; inner < plan.stepsPerBatch; ++inner) {
      if ((outcome.stopped = watch.stop.isSet())) break;
      if (plan.joint && !plan.clusterEveryBatch) {
        for (std::size_t i = 0; i < count; ++i) batch_.labels[i] = labels_[order_[begin + i]];
        centers = Centers{this->centroids(), batch_.labels.data()};
      }
      const unsigned threads = pace_.threads();
      pace_.begin();
      // The pass that K-means has seen is the first step's.
      if (!plan.joint || !plan.clusterEveryBatch || inner > 0)
        problem.objective.stepForward(*problem.network, batch, threads);
      const auto [parts, diverged] =
          takeStep(problem, batch, centers ? &*centers : nullptr, plan, threads);
      pace_.end();
      // A caller's loss that was waited for in vain.
      outcome.stopped = diverged == Divergence::loss && watch.stop.isSet();
      if (outcome.stopped) break;
      if ((outcome.diverged = diverged) != Divergence::none) break;
      sum.primary += parts.primary;
      sum.sparsity += parts.sparsity;
      sum.distance += parts.distance;
      ++outcome.steps;
      if (plan.joint && plan.clusterEverySteps > 0 &&
          problem.stepper.steps() % plan.clusterEverySteps == 0) {
        ClusterPlan warm = plan.cluster;
        warm.warm = true;
        cluster(warm, watch);
        ++outcome.clusterings;
      }
    }
    if (outcome.diverged != Divergence::none || outcome.stopped) break;
    if (watch.progress) watch.progress(begin + count, n);
  }
  const bool diverged = outcome.diverged != Divergence::none;
  if (diverged) takeBack(problem);
  const double steps = static_cast<double>(std::max<std::uint64_t>(outcome.steps, 1));
  outcome.mean = {sum.primary / steps, sum.sparsity / steps, sum.distance / steps};
  outcome.alpha = alphaAt(problem, plan);
  if (!diverged) {
    updateActiveSet(plan.checkInputs, plan.joint, outcome.alpha, plan.beta, watch.stop);
  }
  active_.writeBack();
  outcome.selected = all_.network->selectedInputs();
  return outcome;
}

// Leaves out the inputs that the epoch has emptied; with `check`, takes back those that pull.
void CpuSession::updateActiveSet(bool check, bool joint, double alpha, double beta,
                                 const StopFlag& stop) {
  if (!options_.activeSet || !options_.proximal || alpha <= 0) return;
  active_.drop();
  const auto centers = currentCenters(joint);
  if (!check) return;
  snapshot_.clear();
  active_.violators(centers ? &*centers : nullptr, alpha, beta, stop);
  active_.readmit();
}

Dataset CpuSession::gather(const Dataset& data, std::span<const std::uint32_t> rows) {
  const std::size_t columns = data.x.columns;
  const std::size_t values = data.targets.values.columns;
  Dataset batch;
  batch_.labels.resize(rows.size());
  if (isRun(rows)) {
    batch.x = data.x.rowRange(rows[0], rows.size());
  } else {
    constexpr std::size_t worthwhile = 1 << 16;  // numbers for a thread to copy
    batch_.x.resize(rows.size() * columns);
    const std::size_t parts = std::clamp<std::size_t>(batch_.x.size() / worthwhile, 1, rows.size());
    parallelFor(parts, options_.threads, [&](std::size_t part) {
      const std::size_t end = (part + 1) * rows.size() / parts;
      for (std::size_t i = part * rows.size() / parts; i < end; ++i)
        std::copy_n(data.x.row(rows[i]), columns, batch_.x.data() + i * columns);
    });
    batch.x = std::as_const(batch_.x).view(rows.size(), columns);
  }
  if (!data.targets.classes.empty()) {
    batch_.classes.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      batch_.classes[i] = data.targets.classes[rows[i]];
    }
    batch.targets.classes = batch_.classes;
  }
  if (data.targets.values.data) {
    batch_.values.resize(rows.size() * values);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::copy_n(data.targets.values.row(rows[i]), values, batch_.values.data() + i * values);
    }
    batch.targets.values = std::as_const(batch_.values).view(rows.size(), values);
  }
  if (!data.targets.weights.empty()) {
    batch_.weights.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) batch_.weights[i] = data.targets.weights[rows[i]];
    batch.targets.weights = std::as_const(batch_.weights).span();
  }
  batch.targets.graph = data.targets.graph;
  batch.targets.rows = rows;
  return batch;
}

double CpuSession::alphaAt(const Problem& problem, const EpochPlan& plan) const {
  if (plan.alphaWarmup <= 0) return plan.alpha;
  return plan.alpha *
         (1 - std::exp(-static_cast<double>(problem.stepper.steps()) / plan.alphaWarmup));
}

// Their memory is kept from epoch to epoch, and given back to what fills a gradient of all inputs.
void CpuSession::keepWeights(Problem& problem) {
  constexpr std::size_t run = 1 << 16;
  const auto weights = std::as_const(*problem.network).parameters().span();
  snapshot_.resize(weights.size());
  const std::size_t runs = (weights.size() + run - 1) / run;
  parallelFor(runs, runs >= 8 ? options_.threads : 1, [&](std::size_t i) {
    const auto part = weights.subspan(i * run, std::min(run, weights.size() - i * run));
    std::copy(part.begin(), part.end(), snapshot_.data() + i * run);
  });
}

// After a step that diverged: the weights that were kept, and an optimiser that has seen nothing.
void CpuSession::takeBack(Problem& problem) {
  problem.network->parameters().copyFrom(std::as_const(snapshot_).span());
  problem.stepper.reset();
  problem.stepper.forgetSparsity();
}

StepOutcome CpuSession::takeStep(Problem& problem, const Dataset& batch, const Centers* centers,
                                 const EpochPlan& plan, unsigned threads) {
  auto& [network, objective, stepper, data, gradient] = problem;
  const double alpha = alphaAt(problem, plan), beta = centers ? plan.beta : 0;
  LossParts parts = objective.stepLosses(batch, centers, beta);
  if (!std::isfinite(parts.total(0, beta))) return {parts, Divergence::loss};
  StepOptions step{plan.learningRate,
                   alpha,
                   options_.weightDecay,
                   options_.proximal,
                   options_.constraint ? &*options_.constraint : nullptr,
                   threads};
  const auto weights = [&stepper = stepper](std::size_t layer, std::size_t block, std::size_t row,
                                            MatrixView g) {
    stepper.weights(layer, block, row, g);
  };
  const auto bias = [&stepper = stepper](std::size_t layer, std::span<float> g) {
    stepper.bias(layer, g);
  };
  GradientSink sink{weights, bias};
  if (std::isinf(options_.maxGradientNorm)) {
    stepper.begin(*network, *options_.penalty, step);
    const auto touched = stepper.touched();
    sink.touched = touched;
    objective.stepGradient(*network, batch, beta != 0, sink, threads);
  } else {  // the norm is known before a weight moves
    objective.stepGradient(*network, batch, beta != 0, gradient, threads);
    if (!options_.proximal) {
      addSubgradient(*network, alpha, gradient);
      step.alpha = 0;
    }
    step.alpha *= clipGradient(gradient.span(), options_.maxGradientNorm, threads);
    stepper.begin(*network, *options_.penalty, step);
    forBlocks(network->layout(), gradient, sink, threads);
  }
  parts.sparsity = stepper.end();
  const bool isSound = stepper.isFinite() && std::isfinite(parts.total(alpha, beta));
  return {parts, isSound ? Divergence::none : Divergence::gradient};
}

// gradient += alpha * a subgradient of the penalty at the weights of the first layer
void CpuSession::addSubgradient(const Network& network, double alpha,
                                Buffer<float>& gradient) const {
  if (alpha <= 0) return;
  const ConstMatrixView w = network.groups();
  const MatrixView g = network.layout().groups(gradient);
  parallelFor(rowBlocks(g.rows, g.columns), options_.threads, [&](std::size_t i) {
    const std::size_t blocks = rowBlocks(g.rows, g.columns);
    for (std::size_t j = i * g.rows / blocks; j < (i + 1) * g.rows / blocks; ++j)
      options_.penalty->addSubgradient(w.rowSpan(j), static_cast<float>(alpha), g.rowSpan(j));
  });
}

}  // namespace deeptype
