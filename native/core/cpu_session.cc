#include "cpu_session.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "clipping.h"
#include "finite.h"
#include "random.h"
#include "restart.h"
#include "settle.h"
#include "stationarity.h"
#include "threads.h"

namespace deeptype {
namespace {

constexpr std::uint64_t kShuffleStream = std::uint64_t{1} << 32;

// Whether a session of this layout and number of rows can take the state.
bool fits(const SessionState& state, const Layout& layout, std::size_t rows) {
  const auto& inputs = state.activeInputs;
  const auto isInput = [&](std::int32_t j) {
    return j >= 0 && static_cast<std::size_t>(j) < layout.inputs();
  };
  if (!std::all_of(inputs.begin(), inputs.end(), isInput) ||
      std::adjacent_find(inputs.begin(), inputs.end(), std::greater_equal<>()) != inputs.end())
    return false;
  std::vector<std::size_t> widths = layout.widths();
  if (!inputs.empty()) widths[0] = inputs.size();
  const std::size_t moments = Layout(widths, layout.hasSkip()).size();
  const std::size_t clusters = state.centroids.size() / layout.representation();
  const auto isCluster = [&](std::int32_t k) {
    return k >= 0 && static_cast<std::size_t>(k) < clusters;
  };
  return state.parameters.size() == layout.size() && state.firstMoments.size() == moments &&
         state.secondMoments.size() == moments && state.groupMoments.size() == widths[0] &&
         state.centroids.size() == clusters * layout.representation() &&
         (clusters == 0 ? state.labels.empty() : state.labels.size() == rows) &&
         std::all_of(state.labels.begin(), state.labels.end(), isCluster) &&
         allFinite<float>(state.parameters) && allFinite<float>(state.centroids) &&
         std::isfinite(state.lipschitz) && state.lipschitz > 0;
}

}  // namespace

CpuSession::CpuSession(std::shared_ptr<Network> network, SessionOptions options)
    : options_(std::move(options)),
      all_(std::move(network), options_),
      active_(all_, options_),
      pace_(options_.threads, all_.network->layout().isSmall()) {}

void CpuSession::load(const Dataset& data) {
  active_.reset();
  all_.data = data;
  all_.stepper.reset();
  order_.resize(data.x.rows);
  lipschitz_ = 1;
  clusters_ = 0;
  labels_.clear();
  epochs_ = 0;
  clusterings_ = 0;
  heldOut_ = {};
}

// ---- the state

void CpuSession::state(SessionState& into) const {
  const auto parameters = std::as_const(*all_.network).parameters().span();
  into.parameters.assign(parameters.begin(), parameters.end());
  into.activeInputs.assign(active_.inputs().begin(), active_.inputs().end());
  active_.current().stepper.save(into);
  into.lipschitz = lipschitz_;
  into.epochs = epochs_;
  into.clusterings = clusterings_;
  into.centroids.assign(centroids_.begin(), centroids_.begin() + clusters_ * width());
  into.labels.assign(labels_.begin(), labels_.end());
}

bool CpuSession::setState(const SessionState& state) {
  if (!fits(state, all_.network->layout(), rows())) return false;
  all_.network->parameters().copyFrom(state.parameters);
  active_.restrict({state.activeInputs.begin(), state.activeInputs.end()});
  active_.current().stepper.restore(state);
  lipschitz_ = state.lipschitz;
  epochs_ = state.epochs;
  clusterings_ = state.clusterings;
  clusters_ = state.centroids.size() / width();
  centroids_.copyFrom(state.centroids);
  labels_.assign(state.labels.begin(), state.labels.end());
  return true;
}

// ---- an epoch

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
  batch_.x.resize(rows.size() * columns);
  batch_.labels.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(data.x.row(rows[i]), columns, batch_.x.data() + i * columns);
  }
  batch.x = std::as_const(batch_.x).view(rows.size(), columns);
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

// ---- the whole table

SettleOutcome CpuSession::settle(const SettlePlan& plan, const Watch& watch) {
  snapshot_.clear();
  const auto centers = currentCenters(plan.joint);
  const Centers* const drawn = centers ? &*centers : nullptr;
  updateActiveSet(false, plan.joint, plan.alpha, plan.beta, watch.stop);
  SettleOutcome outcome;
  SettlePlan rest = plan;
  for (bool isOver = false; !isOver;) {
    std::size_t violators = 0;
    const auto interrupt = [&] {
      violators = active_.violators(drawn, plan.alpha, plan.beta, watch.stop);
      return violators > 0;
    };
    const unsigned before = outcome.iterations;
    outcome =
        deeptype::settle(active_.current(), drawn, options_, rest, watch, interrupt, lipschitz_);
    rest.iterations -= std::min(rest.iterations, outcome.iterations);
    outcome.iterations += before;
    if (outcome.stopped || outcome.diverged != Divergence::none) break;
    // What was settled without an input holds only if that input may stay out.
    if (violators == 0) active_.violators(drawn, plan.alpha, plan.beta, watch.stop);
    if ((outcome.stopped = watch.stop.isSet())) {
      outcome.converged = false;
      break;
    }
    isOver = active_.readmit() == 0 || rest.iterations == 0;
    if (!isOver) outcome.converged = false;
  }
  active_.writeBack();
  return outcome;
}

void CpuSession::restart(double scale, const StopFlag& stop) {
  if (!isometricRestart(*all_.network, all_.data.x, scale, options_.seed, options_.threads, stop))
    return;
  active_.reset();
  ProximalLayer(*options_.penalty, options_.constraint, all_.network->layout().out(0))(
      all_.network->groups(), 0, options_.threads);
  all_.stepper.reset();
  if (options_.activeSet && options_.proximal) active_.drop();
}

double CpuSession::emptyingWeight(const StopFlag& stop) {
  snapshot_.clear();
  return deeptype::emptyingWeight(*all_.network, all_.objective, all_.data, all_.gradient,
                                  options_.threads, stop);
}

double CpuSession::kktResidual(bool joint, double alpha, double beta, const StopFlag& stop) {
  snapshot_.clear();
  const auto centers = currentCenters(joint);
  const ConstMatrixView g = active_.inputGradient(centers ? &*centers : nullptr, beta, stop);
  ProximalLayer proximal(*options_.penalty, options_.constraint, all_.network->layout().out(0));
  return firstLayerResidual(std::as_const(*all_.network).groups(), g, proximal, alpha,
                            options_.threads);
}

// ---- rows of the caller's

LossParts CpuSession::validate(bool joint, const StopFlag& stop) {
  std::optional<Centers> centers;
  if (joint && clusters_ > 0) {
    const std::vector<double> exact = toDouble(centroids());
    heldOutLabels_.resize(heldOut_.x.rows);
    Workspace& workspace = all_.objective.workspace();
    forChunks(heldOut_.x.rows, &stop, [&](std::size_t begin, std::size_t count) {
      workspace.forward(*all_.network, heldOut_.x.rowRange(begin, count), options_.threads);
      assignNearest(workspace.representation(), {exact.data(), clusters_, width()},
                    heldOutLabels_.data() + begin, options_.threads);
    });
    centers = Centers{centroids(), heldOutLabels_.data()};
  }
  LossParts parts = all_.objective.table(*all_.network, heldOut_, centers ? &*centers : nullptr, 0,
                                         nullptr, options_.threads, &stop);
  parts.sparsity = all_.objective.sparsity(*all_.network, options_.threads);
  return parts;
}

std::optional<Centers> CpuSession::nearest(const Dataset& batch, ConstMatrixView centroids) {
  if (centroids.rows == 0) return std::nullopt;
  all_.objective.workspace().forward(*all_.network, batch.x, options_.threads);
  const std::vector<double> exact = toDouble(centroids);
  batch_.labels.resize(batch.x.rows);
  assignNearest(all_.objective.workspace().representation(),
                View<const double>{exact.data(), centroids.rows, centroids.columns},
                batch_.labels.data(), options_.threads);
  return Centers{centroids, batch_.labels.data()};
}

LossParts CpuSession::losses(const Dataset& batch, ConstMatrixView centroids) {
  const auto centers = nearest(batch, centroids);
  LossParts parts = all_.objective.table(*all_.network, batch, centers ? &*centers : nullptr, 0,
                                         nullptr, options_.threads);
  parts.sparsity = all_.objective.sparsity(*all_.network);
  return parts;
}

LossParts CpuSession::gradients(const Dataset& batch, ConstMatrixView centroids, double alpha,
                                double beta, Buffer<float>& gradient) {
  const auto centers = nearest(batch, centroids);
  gradient.resize(all_.network->layout().size());
  gradient.fill(0);
  LossParts parts = all_.objective.batch(*all_.network, batch, centers ? &*centers : nullptr, beta,
                                         &gradient, options_.threads);
  parts.sparsity = all_.objective.sparsity(*all_.network);
  addSubgradient(*all_.network, alpha, gradient);
  return parts;
}

StepOutcome CpuSession::step(const Dataset& batch, ConstMatrixView centroids,
                             const EpochPlan& plan) {
  const auto centers = nearest(batch, centroids);
  active_.reset();
  all_.stepper.forgetSparsity();
  keepWeights(all_);
  all_.objective.stepForward(*all_.network, batch, options_.threads);
  const StepOutcome outcome =
      takeStep(all_, batch, centers ? &*centers : nullptr, plan, options_.threads);
  if (outcome.diverged != Divergence::none) takeBack(all_);
  return outcome;
}

}  // namespace deeptype
