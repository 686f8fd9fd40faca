#include "objective.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "threads.h"

namespace deeptype {
namespace {

// mean over samples of distance(h_i, centroid of i's cluster); adds weight * its gradient.
double meanDistance(const Distance& distance, ConstMatrixView h, const Centers& centers,
                    double weight, MatrixView gradient) {
  const auto scale = static_cast<float>(weight / static_cast<double>(h.rows));
  double sum = 0;
  for (std::size_t i = 0; i < h.rows; ++i) {
    const auto cluster = static_cast<std::size_t>(centers.labels[i]);
    sum += distance.evaluate(h.row(i), centers.centroids.row(cluster), h.columns, scale,
                             gradient.row(i));
  }
  return sum / static_cast<double>(h.rows);
}

}  // namespace

Targets rowRange(const Targets& targets, std::size_t begin, std::size_t count) {
  Targets part;
  if (!targets.classes.empty()) part.classes = targets.classes.subspan(begin, count);
  if (targets.values.data) part.values = targets.values.rowRange(begin, count);
  return part;
}

// The losses and their slopes by the outputs and, times `weight`, by the representation.
LossParts Objective::forward(const Network& network, const Dataset& data, const Centers* centers,
                             double weight, unsigned threads, Precision precision) {
  LossParts parts;
  workspace_.forward(network, data.x, threads, precision);
  parts.primary = loss_.evaluate(workspace_.outputs(), data.targets, workspace_.outputGradient());
  if (centers) {
    const MatrixView pull = workspace_.representationGradient();
    std::fill_n(pull.data, pull.size(), 0.0f);
    parts.distance = meanDistance(distance_, workspace_.representation(), *centers, weight, pull);
  }
  return parts;
}

LossParts Objective::part(const Network& network, const Dataset& data, const Centers* centers,
                          double beta, Buffer<float>* gradient, double share, bool accumulate,
                          unsigned threads, Precision precision) {
  const LossParts parts = forward(network, data, centers, beta * share, threads, precision);
  if (gradient) {
    const MatrixView slope = workspace_.outputGradient();
    if (share != 1) {
      for (std::size_t i = 0; i < slope.size(); ++i) slope.data[i] *= static_cast<float>(share);
    }
    workspace_.backward(network, data.x, centers && beta != 0, *gradient, accumulate, threads,
                        precision);
  }
  return parts;
}

LossParts Objective::stepLosses(const Network& network, const Dataset& batch,
                                const Centers* centers, double beta, unsigned threads) {
  return forward(network, batch, centers, beta, threads, stepPrecision_);
}

void Objective::stepGradient(const Network& network, const Dataset& batch, bool withDistance,
                             Buffer<float>& gradient, RowSink first, unsigned threads) {
  workspace_.backward(network, batch.x, withDistance, gradient, first, threads, stepPrecision_);
}

LossParts Objective::batch(const Network& network, const Dataset& data, const Centers* centers,
                           double beta, Buffer<float>* gradient, unsigned threads) {
  return part(network, data, centers, beta, gradient, 1, false, threads, stepPrecision_);
}

LossParts Objective::chunk(const Network& network, const Dataset& data, std::size_t begin,
                           std::size_t count, const Centers* centers, double beta,
                           Buffer<float>* gradient, unsigned threads) {
  const double share = static_cast<double>(count) / static_cast<double>(data.x.rows);
  const Dataset rows{data.x.rowRange(begin, count), rowRange(data.targets, begin, count)};
  Centers here{};
  if (centers) here = {centers->centroids, centers->labels + begin};
  LossParts parts = part(network, rows, centers ? &here : nullptr, beta, gradient, share, begin > 0,
                         threads, Precision::float32);
  parts.primary *= share;
  parts.distance *= share;
  return parts;
}

LossParts Objective::table(const Network& network, const Dataset& data, const Centers* centers,
                           double beta, Buffer<float>* gradient, unsigned threads,
                           const StopFlag* stop) {
  LossParts mean;
  forChunks(data.x.rows, stop, [&](std::size_t begin, std::size_t count) {
    const LossParts parts = chunk(network, data, begin, count, centers, beta, gradient, threads);
    mean.primary += parts.primary;
    mean.distance += parts.distance;
  });
  return mean;
}

double Objective::sparsity(const Network& network, unsigned threads) const {
  constexpr std::size_t parts = 64, worthwhile = std::size_t{1} << 17;
  const ConstMatrixView w = network.weight(0);
  const std::size_t rows = (w.rows + parts - 1) / parts;
  std::array<double, parts> sums{};
  parallelFor(parts, w.size() >= worthwhile ? threads : 1, [&](std::size_t part) {
    const std::size_t end = std::min(w.rows, (part + 1) * rows);
    for (std::size_t j = part * rows; j < end; ++j) sums[part] += penalty_.value(w.rowSpan(j));
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace deeptype
