#include "clusters.h"

#include <algorithm>

namespace deeptype {
namespace {

// Samples with another label than before; all, where there were none.
std::uint64_t countChanged(std::span<const std::int32_t> before,
                           std::span<const std::int32_t> after) {
  if (before.size() != after.size()) return after.size();
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < after.size(); ++i) changed += before[i] != after[i];
  return changed;
}

std::uint64_t sumOverRanks(Communicator& comm, std::uint64_t count) {
  double sum = static_cast<double>(count);
  if (!isSingle(comm)) comm.allReduceSum({&sum, 1});
  return static_cast<std::uint64_t>(sum);
}

}  // namespace

KMeansRequest kmeansRequest(TrainingContext& context, const ClusterPlan& plan) {
  KMeansRequest request;
  request.clusters = plan.clusters;
  request.restarts = plan.restarts;
  request.maxIterations = plan.maxIterations;
  request.tolerance = plan.tolerance;
  request.seed = context.options.seed + ++context.clusterings;
  request.fromCurrent =
      plan.warm && context.backend->readClusters().centroids.rows == plan.clusters;
  return request;
}

ClusterOutcome clusterTable(TrainingContext& context, const ClusterPlan& plan) {
  Backend& backend = *context.backend;
  const Clustering result = backend.kmeans(kmeansRequest(context, plan));
  const std::span<const std::int32_t> before = backend.readClusters().labels;
  ClusterOutcome outcome{result.inertia, result.iterations,
                         sumOverRanks(context.comm(), countChanged(before, result.labels))};
  const double held = plan.hold * static_cast<double>(sumOverRanks(context.comm(), before.size()));
  outcome.taken =
      !plan.warm || before.empty() || plan.hold <= 0 || static_cast<double>(outcome.changed) > held;
  if (outcome.taken) {
    const std::size_t width = context.layout().representation();
    backend.writeClusters(TableId::training,
                          {{result.centroids.data(), plan.clusters, width}, result.labels});
  }
  return outcome;
}

std::uint64_t relabelTable(TrainingContext& context) {
  Backend& backend = *context.backend;
  const auto [centroids, before] = backend.readClusters();
  const std::vector<std::int32_t> labels = backend.assign(TableId::training, centroids);
  const std::uint64_t changed = countChanged(before, labels);
  backend.writeClusters(TableId::training, {centroids, labels});
  return sumOverRanks(context.comm(), changed);
}

double separationOfTable(TrainingContext& context) {
  const auto [within, total] = context.backend->scatter();
  return within > 0 ? std::max(0.0, total - within) / within : 0;
}

}  // namespace deeptype
