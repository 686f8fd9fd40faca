#include "objective_passes.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "../../platform/threads.h"

namespace deeptype {

// The mean distance of the rows in the workspace, which begin at `begin` of those of the clusters;
// weight * its gradient by the representation is left in the workspace.
double ObjectivePasses::distance(const Clusters* clusters, std::size_t begin, double weight) {
  if (!clusters) return 0;
  const ConstMatrixView h = workspace_.representation();
  const auto rows = static_cast<double>(h.rows);
  return distance_.evaluate(h, clusters->centroids, clusters->labels.data() + begin,
                            static_cast<float>(weight / rows),
                            workspace_.representationGradient()) /
         rows;
}

void ObjectivePasses::stepForward(const Network& network, const Dataset& batch, unsigned threads) {
  workspace_.forward(network, batch.x, threads, stepPrecision_);
}

LossParts ObjectivePasses::stepLosses(const Dataset& batch, const Clusters* clusters, double beta) {
  LossParts parts;
  parts.primary = loss_.evaluate(workspace_.outputs(), batch.targets, workspace_.outputGradient());
  parts.distance = distance(clusters, 0, beta);
  return parts;
}

void ObjectivePasses::stepGradient(const Network& network, const Dataset& batch, bool withDistance,
                                   const GradientSink& sink, unsigned threads) {
  workspace_.backward(network, batch.x, withDistance, sink, threads, stepPrecision_);
}

void ObjectivePasses::stepGradient(const Network& network, const Dataset& batch, bool withDistance,
                                   Buffer<float>& gradient, unsigned threads) {
  workspace_.backward(network, batch.x, withDistance, gradient, false, threads, stepPrecision_);
}

LossParts ObjectivePasses::batch(const Network& network, const Dataset& data,
                                 const Clusters* clusters, double beta, Buffer<float>* gradient,
                                 unsigned threads) {
  stepForward(network, data, threads);
  const LossParts parts = stepLosses(data, clusters, beta);
  if (gradient) stepGradient(network, data, clusters && beta != 0, *gradient, threads);
  return parts;
}

LossParts ObjectivePasses::table(const Network& network, const Dataset& data,
                                 const Clusters* clusters, double beta, Buffer<float>* gradient,
                                 unsigned threads, const AfterChunk& afterChunk) {
  const std::size_t rows = data.x.rows;
  const bool isWhole = loss_.coupled() && rows > kChunkRows;
  LossParts mean;
  if (isWhole) mean = evaluateAtOnce(network, data, clusters, threads);
  if (isWhole && !gradient) return mean;
  forChunks(rows, [&](std::size_t begin, std::size_t count) {
    const double share = static_cast<double>(count) / static_cast<double>(rows);
    const ConstMatrixView x = data.x.rowRange(begin, count);
    workspace_.forward(network, x, threads);
    const MatrixView slope = workspace_.outputGradient();
    const double apart = distance(clusters, begin, beta * share);
    if (isWhole) {
      std::copy_n(outputGradient_.data() + begin * slope.columns, slope.size(), slope.data);
    } else {
      const Targets targets = rowRange(data.targets, begin, count);
      mean.primary += share * loss_.evaluate(workspace_.outputs(), targets, slope);
      mean.distance += share * apart;
      const auto factor = static_cast<float>(share);
      for (std::size_t i = 0; i < slope.size() && gradient && share != 1; ++i)
        slope.data[i] *= factor;
    }
    if (!gradient) return;
    workspace_.backward(network, x, clusters && beta != 0, *gradient, begin > 0, threads);
    if (afterChunk) afterChunk(begin, count);
  });
  return mean;
}

// The means over the table; d loss / d outputs is left in outputGradient_.
LossParts ObjectivePasses::evaluateAtOnce(const Network& network, const Dataset& data,
                                          const Clusters* clusters, unsigned threads) {
  const std::size_t rows = data.x.rows;
  const std::size_t columns = network.layout().outputs();
  LossParts mean;
  outputs_.resize(rows * columns);
  outputGradient_.resize(rows * columns);
  forChunks(rows, [&](std::size_t begin, std::size_t count) {
    workspace_.forward(network, data.x.rowRange(begin, count), threads);
    const ConstMatrixView outputs = workspace_.outputs();
    std::copy_n(outputs.data, outputs.size(), outputs_.data() + begin * columns);
    mean.distance +=
        static_cast<double>(count) / static_cast<double>(rows) * distance(clusters, begin, 0);
  });
  mean.primary = loss_.evaluate(std::as_const(outputs_).view(rows, columns), data.targets,
                                outputGradient_.view(rows, columns));
  return mean;
}

double ObjectivePasses::sparsity(const Network& network, unsigned threads) const {
  constexpr std::size_t parts = 64, worthwhile = std::size_t{1} << 17;
  const ConstMatrixView w = network.groups();
  const std::size_t rows = (w.rows + parts - 1) / parts;
  std::array<double, parts> sums{};
  parallelFor(parts, w.size() >= worthwhile ? threads : 1, [&](std::size_t part) {
    const std::size_t end = std::min(w.rows, (part + 1) * rows);
    for (std::size_t j = part * rows; j < end; ++j) sums[part] += penalty_.value(w.rowSpan(j));
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace deeptype
