// The representation of a table, K-means on it, and what is asked of its clusters.
#include <algorithm>
#include <cstring>

#include "cpu_backend.h"

namespace deeptype {

void CpuBackend::readRepresentation(MatrixView out) {
  Problem& problem = selection_.withTable();
  Workspace& workspace = problem.objective.workspace();
  forChunks(rows(), [&](std::size_t begin, std::size_t count) {
    workspace.forward(*problem.network, problem.data.x.rowRange(begin, count), options_.threads);
    const ConstMatrixView h = workspace.representation();
    std::copy_n(h.data, h.size(), out.row(begin));
  });
}

KMeansOptions CpuBackend::kmeansOptions(const KMeansRequest& request) const {
  KMeansOptions options;
  options.clusters = request.clusters;
  options.restarts = request.restarts;
  options.maxIterations = request.maxIterations;
  options.tolerance = request.tolerance;
  options.seed = request.seed;
  options.threads = options_.threads;
  return options;
}

// Every rank clusters the representation of all rows, which is small, and keeps its own labels.
Clustering CpuBackend::kmeans(const KMeansRequest& request) {
  Buffer<float> h(rows() * width());
  readRepresentation(h.view(rows(), width()));
  const std::size_t before = gatherRanks(h);
  KMeansOptions options = kmeansOptions(request);
  const std::vector<double> start = toDouble(clustersOf(TableId::training).centroids);
  if (request.fromCurrent) {
    options.init = KMeansInit::given;
    options.start = {start.data(), request.clusters, width()};
  }
  KMeansResult result =
      deeptype::kmeans(std::as_const(h).view(h.size() / width(), width()), options);
  if (!isSingle(comm_)) {
    const auto first = result.labels.begin() + static_cast<std::ptrdiff_t>(before);
    result.labels = {first, first + static_cast<std::ptrdiff_t>(rows())};
  }
  return {result.inertia,
          result.iterations,
          {result.centroids.begin(), result.centroids.end()},
          std::move(result.labels)};
}

// H (N,R) of this rank becomes that of all, in the order of the ranks; the rows of those before.
std::size_t CpuBackend::gatherRanks(Buffer<float>& h) {
  if (isSingle(comm_)) return 0;
  std::vector<double> counts(comm_.size(), 0.0);
  counts[comm_.rank()] = static_cast<double>(rows());
  comm_.allReduceSum(std::span(counts));
  const std::vector<std::byte> all = comm_.allGather(std::as_bytes(h.span()));
  h.resize(all.size() / sizeof(float));
  std::memcpy(h.data(), all.data(), all.size());
  double before = 0;
  for (unsigned rank = 0; rank < comm_.rank(); ++rank) before += counts[rank];
  return static_cast<std::size_t>(before);
}

std::vector<std::int32_t> CpuBackend::assign(TableId table, ConstMatrixView centroids) {
  Problem& problem = problemOf(table);
  const ConstMatrixView x = dataOf(table).x;
  const std::vector<double> exact = toDouble(centroids);
  std::vector<std::int32_t> labels(x.rows);
  Workspace& workspace = problem.objective.workspace();
  forChunks(x.rows, [&](std::size_t begin, std::size_t count) {
    workspace.forward(*problem.network, x.rowRange(begin, count), options_.threads);
    assignNearest(workspace.representation(),
                  View<const double>{exact.data(), centroids.rows, centroids.columns},
                  labels.data() + begin, options_.threads);
  });
  return labels;
}

Scatter CpuBackend::scatter() {
  Buffer<float> representation(rows() * width());
  const MatrixView h = representation.view(rows(), width());
  readRepresentation(h);
  const auto [centroids, labels] = clustersOf(TableId::training);
  const auto n = static_cast<double>(h.rows);
  std::vector<double> mean(width(), 0.0);
  for (std::size_t i = 0; i < h.rows; ++i) {
    if (i % kChunkRows == 0) checkStop();
    for (std::size_t r = 0; r < width(); ++r) mean[r] += h(i, r) / n;
  }
  meanOverRanks(comm_, shareOfRows(comm_, h.rows), std::span(mean));
  double sums[] = {0, 0};
  auto& [within, total] = sums;
  for (std::size_t i = 0; i < h.rows; ++i) {
    if (i % kChunkRows == 0) checkStop();
    const float* const centroid = centroids.row(static_cast<std::size_t>(labels[i]));
    for (std::size_t r = 0; r < width(); ++r) {
      const double fromCentroid = static_cast<double>(h(i, r)) - centroid[r];
      const double fromMean = h(i, r) - mean[r];
      within += fromCentroid * fromCentroid;
      total += fromMean * fromMean;
    }
  }
  if (!isSingle(comm_)) comm_.allReduceSum(std::span<double>(sums));
  return {within, total};
}

}  // namespace deeptype
