#include "cpu_session.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "random.h"
#include "restart.h"
#include "settle.h"
#include "stationarity.h"

namespace deeptype {
namespace {

constexpr std::uint64_t kShuffleStream = std::uint64_t{1} << 32;

bool allFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

std::vector<double> toDouble(ConstMatrixView m) { return {m.data, m.data + m.size()}; }

}  // namespace

CpuSession::CpuSession(std::shared_ptr<Network> network, SessionOptions options)
    : network_(std::move(network)),
      options_(std::move(options)),
      objective_(network_->layout(), network_->activation(), *options_.loss, *options_.penalty,
                 *options_.distance),
      stepper_(network_->layout(), *options_.optimizer, options_.optimizerOptions),
      gradient_(network_->layout().size(), 0.0f) {}

void CpuSession::load(const Dataset& data) {
  data_ = data;
  order_.resize(data.x.rows);
  clusters_ = 0;
  labels_.clear();
  epochs_ = 0;
  clusterings_ = 0;
  stepper_.reset();
}

// ---- an epoch

EpochOutcome CpuSession::epoch(const EpochPlan& plan, const Watch& watch) {
  EpochOutcome outcome;
  const std::size_t n = data_.x.rows;
  snapshot_.copyFrom(network_->parameters().span());
  std::iota(order_.begin(), order_.end(), 0u);
  if (plan.shuffle) {
    Random random(options_.seed, kShuffleStream + epochs_);
    shuffle(order_, random);
  }
  ++epochs_;
  LossParts sum;
  for (std::size_t begin = 0; begin < n; begin += plan.batchSize) {
    const std::size_t count = std::min(plan.batchSize, n - begin);
    const Dataset batch = gather({order_.data() + begin, count});
    std::optional<Centers> centers;
    if (plan.joint && plan.clusterEveryBatch) {
      centers = clusterBatch(batch, plan.cluster);
      ++outcome.clusterings;
    }
    for (unsigned inner = 0; inner < plan.stepsPerBatch; ++inner) {
      if ((outcome.stopped = watch.stop.isSet())) break;
      if (plan.joint && !plan.clusterEveryBatch) {
        for (std::size_t i = 0; i < count; ++i) batch_.labels[i] = labels_[order_[begin + i]];
        centers = Centers{this->centroids(), batch_.labels.data()};
      }
      const LossParts parts = takeStep(batch, centers ? &*centers : nullptr, plan);
      if (!std::isfinite(parts.total(plan.alpha, plan.beta))) {
        outcome.stopped = watch.stop.isSet();  // a caller's loss that was waited for in vain
        outcome.diverged = !outcome.stopped;
        break;
      }
      sum.primary += parts.primary;
      sum.sparsity += parts.sparsity;
      sum.distance += parts.distance;
      ++outcome.steps;
      if (plan.joint && plan.clusterEverySteps > 0 &&
          stepper_.steps() % plan.clusterEverySteps == 0) {
        ClusterPlan warm = plan.cluster;
        warm.warm = true;
        cluster(warm, watch);
        ++outcome.clusterings;
      }
    }
    if (outcome.diverged || outcome.stopped) break;
    if (watch.progress) watch.progress(begin + count, n);
  }
  outcome.diverged = outcome.diverged || !allFinite(network_->parameters().span());
  if (outcome.diverged) network_->parameters().copyFrom(snapshot_.span());
  const double steps = static_cast<double>(std::max<std::uint64_t>(outcome.steps, 1));
  outcome.mean = {sum.primary / steps, sum.sparsity / steps, sum.distance / steps};
  outcome.alpha = alphaAt(plan);
  return outcome;
}

Dataset CpuSession::gather(std::span<const std::uint32_t> rows) {
  const std::size_t columns = data_.x.columns;
  const std::size_t values = data_.targets.values.columns;
  Dataset batch;
  batch_.x.resize(rows.size() * columns);
  batch_.labels.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(data_.x.row(rows[i]), columns, batch_.x.data() + i * columns);
  }
  batch.x = std::as_const(batch_.x).view(rows.size(), columns);
  if (!data_.targets.classes.empty()) {
    batch_.classes.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      batch_.classes[i] = data_.targets.classes[rows[i]];
    }
    batch.targets.classes = batch_.classes;
  }
  if (data_.targets.values.data) {
    batch_.values.resize(rows.size() * values);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::copy_n(data_.targets.values.row(rows[i]), values, batch_.values.data() + i * values);
    }
    batch.targets.values = std::as_const(batch_.values).view(rows.size(), values);
  }
  return batch;
}

double CpuSession::alphaAt(const EpochPlan& plan) const {
  if (plan.alphaWarmup <= 0) return plan.alpha;
  return plan.alpha * (1 - std::exp(-static_cast<double>(stepper_.steps()) / plan.alphaWarmup));
}

LossParts CpuSession::takeStep(const Dataset& batch, const Centers* centers,
                               const EpochPlan& plan) {
  LossParts parts = objective_.batch(*network_, batch, centers, centers ? plan.beta : 0, &gradient_,
                                     options_.threads);
  parts.sparsity = objective_.sparsity(*network_);
  if (!std::isfinite(parts.total(plan.alpha, plan.beta))) return parts;  // no step from such a loss
  const StepOptions step{plan.learningRate, alphaAt(plan), options_.weightDecay, options_.proximal};
  stepper_.step(*network_, gradient_, *options_.penalty, step);
  return parts;
}

// ---- clusters

KMeansOptions CpuSession::kmeansOptions(const ClusterPlan& plan) {
  KMeansOptions options;
  options.clusters = plan.clusters;
  options.restarts = plan.restarts;
  options.maxIterations = plan.maxIterations;
  options.tolerance = plan.tolerance;
  options.seed = options_.seed + ++clusterings_;
  options.threads = options_.threads;
  return options;
}

Centers CpuSession::clusterBatch(const Dataset& batch, const ClusterPlan& plan) {
  objective_.workspace().forward(*network_, batch.x, options_.threads);
  KMeansOptions options = kmeansOptions(plan);
  options.clusters = std::min(plan.clusters, batch.x.rows);
  const KMeansResult result = kmeans(objective_.workspace().representation(), options);
  batchCentroids_.resize(result.centroids.size());
  std::copy(result.centroids.begin(), result.centroids.end(), batchCentroids_.data());
  std::copy(result.labels.begin(), result.labels.end(), batch_.labels.begin());
  return {std::as_const(batchCentroids_).view(options.clusters, width()), batch_.labels.data()};
}

ClusterOutcome CpuSession::cluster(const ClusterPlan& plan, const Watch& watch) {
  Buffer<float> representation(data_.x.rows * width());
  represent(representation.view(data_.x.rows, width()));
  KMeansOptions options = kmeansOptions(plan);
  const std::vector<double> start = toDouble(centroids());
  if (plan.warm && clusters_ == plan.clusters) {
    options.init = KMeansInit::given;
    options.start = {start.data(), clusters_, width()};
  }
  const ConstMatrixView x = std::as_const(representation).view(data_.x.rows, width());
  KMeansResult result = kmeans(x, options, &watch.stop);
  ClusterOutcome outcome{result.inertia, result.iterations, 0, true, result.stopped};
  if (result.stopped) return outcome;
  if (labels_.size() == result.labels.size()) {
    for (std::size_t i = 0; i < labels_.size(); ++i)
      outcome.changed += labels_[i] != result.labels[i];
  } else {
    outcome.changed = result.labels.size();
  }
  outcome.taken =
      !plan.warm || labels_.empty() ||
      static_cast<double>(outcome.changed) > plan.hold * static_cast<double>(labels_.size());
  if (plan.hold <= 0) outcome.taken = true;
  if (!outcome.taken) return outcome;
  const std::vector<float> centroids(result.centroids.begin(), result.centroids.end());
  setClusters({centroids.data(), plan.clusters, width()}, result.labels);
  return outcome;
}

void CpuSession::represent(MatrixView out) {
  forChunks(data_.x.rows, [&](std::size_t begin, std::size_t count) {
    objective_.workspace().forward(*network_, data_.x.rowRange(begin, count), options_.threads);
    const ConstMatrixView h = objective_.workspace().representation();
    std::copy_n(h.data, h.size(), out.row(begin));
  });
}

void CpuSession::setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels) {
  clusters_ = centroids.rows;
  centroids_.copyFrom({centroids.data, centroids.size()});
  labels_.assign(labels.begin(), labels.end());
}

double CpuSession::separation() {
  Buffer<float> representation(data_.x.rows * width());
  const MatrixView h = representation.view(data_.x.rows, width());
  represent(h);
  const auto n = static_cast<double>(h.rows);
  std::vector<double> mean(width(), 0.0);
  for (std::size_t i = 0; i < h.rows; ++i) {
    for (std::size_t r = 0; r < width(); ++r) mean[r] += h(i, r) / n;
  }
  double within = 0;
  double total = 0;
  for (std::size_t i = 0; i < h.rows; ++i) {
    const float* const centroid = centroids().row(static_cast<std::size_t>(labels_[i]));
    for (std::size_t r = 0; r < width(); ++r) {
      const double fromCentroid = static_cast<double>(h(i, r)) - centroid[r];
      const double fromMean = h(i, r) - mean[r];
      within += fromCentroid * fromCentroid;
      total += fromMean * fromMean;
    }
  }
  return within > 0 ? std::max(0.0, total - within) / within : 0;
}

std::optional<Centers> CpuSession::currentCenters(bool joint) const {
  if (!joint || clusters_ == 0) return std::nullopt;
  return Centers{centroids(), labels_.data()};
}

// ---- the whole table

SettleOutcome CpuSession::settle(const SettlePlan& plan, const Watch& watch) {
  const auto centers = currentCenters(plan.joint);
  return deeptype::settle(*network_, objective_, data_, centers ? &*centers : nullptr,
                          options_.weightDecay, plan, watch, options_.threads);
}

void CpuSession::restart(double scale) {
  isometricRestart(*network_, data_.x, scale, options_.seed, options_.threads);
  stepper_.reset();
}

double CpuSession::emptyingWeight() {
  return deeptype::emptyingWeight(*network_, objective_, data_, gradient_, options_.threads);
}

double CpuSession::kktResidual(bool joint, double alpha, double beta) {
  const auto centers = currentCenters(joint);
  objective_.table(*network_, data_, centers ? &*centers : nullptr, beta, &gradient_,
                   options_.threads);
  return firstLayerResidual(*network_, gradient_, *options_.penalty, alpha);
}

LossParts CpuSession::evaluate(bool joint) {
  const auto centers = currentCenters(joint);
  LossParts parts = objective_.table(*network_, data_, centers ? &*centers : nullptr, 0, nullptr,
                                     options_.threads);
  parts.sparsity = objective_.sparsity(*network_);
  return parts;
}

// ---- rows of the caller's

std::optional<Centers> CpuSession::nearest(const Dataset& batch, ConstMatrixView centroids) {
  if (centroids.rows == 0) return std::nullopt;
  objective_.workspace().forward(*network_, batch.x, options_.threads);
  const std::vector<double> exact = toDouble(centroids);
  batch_.labels.resize(batch.x.rows);
  assignNearest(objective_.workspace().representation(),
                View<const double>{exact.data(), centroids.rows, centroids.columns},
                batch_.labels.data(), options_.threads);
  return Centers{centroids, batch_.labels.data()};
}

LossParts CpuSession::losses(const Dataset& batch, ConstMatrixView centroids) {
  const auto centers = nearest(batch, centroids);
  LossParts parts = objective_.table(*network_, batch, centers ? &*centers : nullptr, 0, nullptr,
                                     options_.threads);
  parts.sparsity = objective_.sparsity(*network_);
  return parts;
}

LossParts CpuSession::gradients(const Dataset& batch, ConstMatrixView centroids, double alpha,
                                double beta, Buffer<float>& gradient) {
  const auto centers = nearest(batch, centroids);
  gradient.resize(network_->layout().size());
  gradient.fill(0);
  LossParts parts = objective_.batch(*network_, batch, centers ? &*centers : nullptr, beta,
                                     &gradient, options_.threads);
  parts.sparsity = objective_.sparsity(*network_);
  const ConstMatrixView w = std::as_const(*network_).weight(0);
  const MatrixView g = network_->layout().weight(gradient, 0);
  for (std::size_t j = 0; j < w.rows && alpha > 0; ++j) {
    options_.penalty->addSubgradient(w.rowSpan(j), static_cast<float>(alpha), g.rowSpan(j));
  }
  return parts;
}

LossParts CpuSession::step(const Dataset& batch, ConstMatrixView centroids, const EpochPlan& plan) {
  const auto centers = nearest(batch, centroids);
  return takeStep(batch, centers ? &*centers : nullptr, plan);
}

}  // namespace deeptype
