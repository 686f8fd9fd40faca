// The clusters of a session: K-means on representations, and what is asked of them.
#include <algorithm>

#include "cpu_session.h"

namespace deeptype {

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

Centers CpuSession::clusterBatch(Problem& problem, const Dataset& batch, const ClusterPlan& plan) {
  problem.objective.stepForward(*problem.network, batch, options_.threads);
  KMeansOptions options = kmeansOptions(plan);
  options.clusters = std::min(plan.clusters, batch.x.rows);
  const KMeansResult result = kmeans(problem.objective.workspace().representation(), options);
  batchCentroids_.resize(result.centroids.size());
  std::copy(result.centroids.begin(), result.centroids.end(), batchCentroids_.data());
  std::copy(result.labels.begin(), result.labels.end(), batch_.labels.begin());
  return {std::as_const(batchCentroids_).view(options.clusters, width()), batch_.labels.data()};
}

ClusterOutcome CpuSession::cluster(const ClusterPlan& plan, const Watch& watch) {
  const StopScope scope(&watch.stop);
  ClusterOutcome outcome;
  outcome.stopped = !completes([&] { outcome = clusterTable(plan); });
  return outcome;
}

ClusterOutcome CpuSession::clusterTable(const ClusterPlan& plan) {
  Buffer<float> representation(rows() * width());
  represent(representation.view(rows(), width()));
  KMeansOptions options = kmeansOptions(plan);
  const std::vector<double> start = toDouble(centroids());
  if (plan.warm && clusters_ == plan.clusters) {
    options.init = KMeansInit::given;
    options.start = {start.data(), clusters_, width()};
  }
  const ConstMatrixView x = std::as_const(representation).view(rows(), width());
  const KMeansResult result = kmeans(x, options);
  ClusterOutcome outcome{result.inertia, result.iterations, 0, true, false};
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

void CpuSession::represent(MatrixView out, const StopFlag& stop) {
  const StopScope scope(&stop);
  completes([&] { represent(out); });
}

void CpuSession::represent(MatrixView out) {
  Problem& problem = active_.withTable();
  Workspace& workspace = problem.objective.workspace();
  forChunks(rows(), [&](std::size_t begin, std::size_t count) {
    workspace.forward(*problem.network, problem.data.x.rowRange(begin, count), options_.threads);
    const ConstMatrixView h = workspace.representation();
    std::copy_n(h.data, h.size(), out.row(begin));
  });
}

void CpuSession::setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels) {
  clusters_ = centroids.rows;
  centroids_.copyFrom({centroids.data, centroids.size()});
  labels_.assign(labels.begin(), labels.end());
}

std::uint64_t CpuSession::relabel(const StopFlag& stop) {
  const StopScope scope(&stop);
  std::uint64_t changed = 0;
  completes([&] { changed = relabelTable(); });
  return changed;
}

std::uint64_t CpuSession::relabelTable() {
  Buffer<float> representation(rows() * width());
  const MatrixView h = representation.view(rows(), width());
  represent(h);
  const std::vector<double> exact = toDouble(centroids());
  std::vector<std::int32_t> labels(rows());
  assignNearest(ConstMatrixView(h), View<const double>{exact.data(), clusters_, width()},
                labels.data(), options_.threads);
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) changed += labels[i] != labels_[i];
  labels_ = std::move(labels);
  return changed;
}

double CpuSession::separation(const StopFlag& stop) {
  const StopScope scope(&stop);
  double ratio = 0;
  completes([&] { ratio = separationOfTable(); });
  return ratio;
}

double CpuSession::separationOfTable() {
  Buffer<float> representation(rows() * width());
  const MatrixView h = representation.view(rows(), width());
  represent(h);
  const auto n = static_cast<double>(h.rows);
  std::vector<double> mean(width(), 0.0);
  for (std::size_t i = 0; i < h.rows; ++i) {
    if (i % kChunkRows == 0) checkStop();
    for (std::size_t r = 0; r < width(); ++r) mean[r] += h(i, r) / n;
  }
  double within = 0;
  double total = 0;
  for (std::size_t i = 0; i < h.rows; ++i) {
    if (i % kChunkRows == 0) checkStop();
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

}  // namespace deeptype
