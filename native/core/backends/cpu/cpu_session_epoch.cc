// An epoch of a session: the mini-batches, and the step on each.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "../../math/random.h"
#include "../../platform/threads.h"
#include "clipping.h"
#include "cpu_session.h"

namespace deeptype {
namespace {

constexpr double kLongStep = 2e8;  // multiplications of a forward pass; some milliseconds
constexpr std::uint64_t kShuffleStream = std::uint64_t{1} << 32;

// Whether each row comes after the one before it in the table.
bool isRun(std::span<const std::uint32_t> rows) {
  const auto isGap = [](std::uint32_t row, std::uint32_t next) { return next != row + 1; };
  return std::ranges::adjacent_find(rows, isGap) == rows.end();
}

}  // namespace

EpochOutcome CpuSession::epoch(const EpochPlan& plan, const Watch& watch) {
  const StopScope scope(&watch.stop);
  EpochOutcome outcome;
  sum_ = {};
  isMoving_ = false;
  outcome.stopped = !completes([&] { runBatches(plan, watch, outcome); });
  Problem& problem = active_.current();
  const bool diverged = outcome.diverged != Divergence::none;
  if (diverged || isMoving_) takeBack(problem);
  const double steps = static_cast<double>(std::max<std::uint64_t>(outcome.steps, 1));
  outcome.mean = {sum_.primary / steps, sum_.sparsity / steps, sum_.distance / steps};
  outcome.alpha = alphaAt(problem, plan);
  if (!diverged)
    completes([&] { updateActiveSet(plan.checkInputs, plan.joint, outcome.alpha, plan.beta); });
  active_.writeBack();
  outcome.selected = all_.network->selectedInputs();
  return outcome;
}

// Until a step diverges.
void CpuSession::runBatches(const EpochPlan& plan, const Watch& watch, EpochOutcome& outcome) {
  Problem& problem = active_.withTable();
  const std::size_t n = rows();
  problem.stepper.forgetSparsity();
  problem.gradient.clear();  // which steps do without
  keepWeights(problem);
  drawOrder(plan.shuffle);
  for (std::size_t begin = 0; begin < n && outcome.diverged == Divergence::none;
       begin += plan.batchSize) {
    const std::size_t count = std::min(plan.batchSize, n - begin);
    runBatch(problem, plan, watch, {order_.data() + begin, count}, outcome);
    if (watch.progress && outcome.diverged == Divergence::none) watch.progress(begin + count, n);
  }
}

// Of the rows of an epoch.
void CpuSession::drawOrder(bool isShuffled) {
  forRuns(order_.size(), [&](std::size_t begin, std::size_t end) {
    std::iota(order_.begin() + begin, order_.begin() + end, static_cast<std::uint32_t>(begin));
  });
  if (isShuffled) {
    Random random(options_.seed, kShuffleStream + epochs_);
    shuffle(order_, random);
  }
  ++epochs_;
}

// The steps on a mini-batch.
void CpuSession::runBatch(Problem& problem, const EpochPlan& plan, const Watch& watch,
                          std::span<const std::uint32_t> rows, EpochOutcome& outcome) {
  const Dataset batch = gather(problem.data, rows);
  std::optional<Centers> centers;
  if (plan.joint && plan.clusterEveryBatch) {
    centers = clusterBatch(problem, batch, plan.cluster);
    ++outcome.clusterings;
  }
  for (unsigned inner = 0; inner < plan.stepsPerBatch; ++inner) {
    checkStop();
    if (plan.joint && !plan.clusterEveryBatch) {
      for (std::size_t i = 0; i < rows.size(); ++i) batch_.labels[i] = labels_[rows[i]];
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
    if (diverged == Divergence::loss) checkStop();  // a caller's loss that was waited for in vain
    if ((outcome.diverged = diverged) != Divergence::none) return;
    sum_.primary += parts.primary;
    sum_.sparsity += parts.sparsity;
    sum_.distance += parts.distance;
    ++outcome.steps;
    if (plan.joint && plan.clusterEverySteps > 0 &&
        problem.stepper.steps() % plan.clusterEverySteps == 0) {
      ClusterPlan warm = plan.cluster;
      warm.warm = true;
      cluster(warm, watch);
      ++outcome.clusterings;
    }
  }
}

// Leaves out the inputs that the epoch has emptied; with `check`, takes back the violators.
void CpuSession::updateActiveSet(bool check, bool joint, double alpha, double beta) {
  if (!options_.activeSet || !options_.proximal || alpha <= 0) return;
  active_.drop();
  const auto centers = currentCenters(joint);
  if (!check) return;
  snapshot_.clear();
  active_.violators(centers ? &*centers : nullptr, alpha, beta);
  active_.readmit();
}

Dataset CpuSession::gather(const Dataset& data, std::span<const std::uint32_t> rows) {
  constexpr std::size_t worthwhile = 1 << 16;  // numbers for a thread to copy
  const auto classes = data.targets.classes;
  const auto values = data.targets.values;
  const auto weights = data.targets.weights;
  const std::size_t columns = data.x.columns, n = rows.size();
  const bool isInPlace = isRun(rows);
  batch_.labels.resize(n);
  batch_.x.resize(isInPlace ? 0 : n * columns);
  batch_.classes.resize(classes.empty() ? 0 : n);
  batch_.values.resize(values.data ? n * values.columns : 0);
  batch_.weights.resize(weights.empty() ? 0 : n);
  const std::size_t numbers = batch_.x.size() + batch_.values.size() + n;
  const std::size_t parts = std::clamp<std::size_t>(numbers / worthwhile, 1, n);
  parallelFor(parts, options_.threads, [&](std::size_t part) {
    for (std::size_t i = part * n / parts; i < (part + 1) * n / parts; ++i) {
      const std::uint32_t row = rows[i];
      if (!isInPlace) std::copy_n(data.x.row(row), columns, batch_.x.data() + i * columns);
      if (!classes.empty()) batch_.classes[i] = classes[row];
      if (values.data)
        std::copy_n(values.row(row), values.columns, batch_.values.data() + i * values.columns);
      if (!weights.empty()) batch_.weights[i] = weights[row];
    }
  });
  Dataset batch;
  batch.x = isInPlace ? data.x.rowRange(rows[0], n) : std::as_const(batch_.x).view(n, columns);
  batch.targets.classes = batch_.classes;
  if (values.data) batch.targets.values = std::as_const(batch_.values).view(n, values.columns);
  batch.targets.weights = std::as_const(batch_.weights).span();
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

// After a step that diverged, or that was left in the midst of its moves: the weights that were
// kept, and an optimiser that has seen nothing.
void CpuSession::takeBack(Problem& problem) {
  isMoving_ = false;
  problem.network->parameters().copyFrom(std::as_const(snapshot_).span());
  problem.stepper.reset();
  problem.stepper.forgetSparsity();
}

StepOutcome CpuSession::takeStep(Problem& problem, const Dataset& batch, const Centers* centers,
                                 const EpochPlan& plan, unsigned threads) {
  // No structured bindings: Clang 14 does not let a lambda capture one.
  Network& network = *problem.network;
  auto& objective = problem.objective;
  auto& stepper = problem.stepper;
  auto& gradient = problem.gradient;
  const double alpha = alphaAt(problem, plan), beta = centers ? plan.beta : 0;
  LossParts parts = objective.stepLosses(batch, centers, beta);
  if (!std::isfinite(parts.total(0, beta))) return {parts, Divergence::loss};
  StepOptions step{plan.learningRate,
                   alpha,
                   options_.weightDecay,
                   options_.proximal,
                   options_.constraint ? &*options_.constraint : nullptr,
                   threads};
  const auto weights = [&stepper](std::size_t layer, std::size_t block, std::size_t row,
                                  MatrixView g) { stepper.weights(layer, block, row, g); };
  const auto bias = [&stepper](std::size_t layer, std::span<float> g) { stepper.bias(layer, g); };
  GradientSink sink{weights, bias};
  // Once weights move, only a step that takes long may be left.
  const double work =
      static_cast<double>(batch.x.rows) * static_cast<double>(network.layout().size());
  const StopFlag* const flag = work > kLongStep ? StopScope::current() : nullptr;
  const auto moves = [&](auto body) {
    const StopScope scope(flag);
    isMoving_ = true;
    body();
    isMoving_ = false;
  };
  if (std::isinf(options_.maxGradientNorm)) {
    moves([&] {
      stepper.begin(network, *options_.penalty, step);
      const auto touched = stepper.touched();
      sink.touched = touched;
      objective.stepGradient(network, batch, beta != 0, sink, threads);
    });
  } else {  // the norm is known before a weight moves
    objective.stepGradient(network, batch, beta != 0, gradient, threads);
    if (!options_.proximal) {
      addSubgradient(network, alpha, gradient);
      step.alpha = 0;
    }
    step.alpha *= clipGradient(gradient.span(), options_.maxGradientNorm, threads);
    moves([&] {
      stepper.begin(network, *options_.penalty, step);
      forBlocks(network.layout(), gradient, sink, threads);
    });
  }
  moves([&] { parts.sparsity = stepper.end(); });
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
