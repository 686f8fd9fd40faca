#include "kmeans.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "kmeans/points.h"
#include "kmeans/seeding.h"
#include "random.h"
#include "threads.h"

namespace deeptype {
namespace {

using kmeans_detail::Centroids32;
using kmeans_detail::lanes;
using kmeans_detail::nearestExactly;
using kmeans_detail::Points;

// The labels of a block from its scores; where the float32 gap between the best and the second is
// within what rounding may do, float64 decides.
template <class T>
void labelBlock(View<const T> rows, ConstMatrixView block, const float* norms,
                const Centroids32& centroids32, View<const double> centroids,
                std::int32_t* labels) {
  thread_local Buffer<float> products;
  kmeans_kernel::Best best;
  centroids32.multiply(block, products);
  kmeans_kernel::kernels().argmax(products.data(), centroids32.halfSquares.data(), centroids.rows,
                                  best);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    const double gap = double{best.score[i]} - double{best.second[i]};
    const bool sure = gap > 2 * centroids32.error(double{norms[i]}, rows.columns);
    labels[i] = sure ? best.label[i]
                     : static_cast<std::int32_t>(nearestExactly(rows.row(i), centroids).cluster);
  }
}

template <class T>
class Lloyd {
 public:
  Lloyd(const Points<T>& points, std::size_t clusters, unsigned threads)
      : points_(points),
        clusters_(clusters),
        sums_(points.chunks() * clusters * points.dims()),
        counts_(points.chunks() * clusters),
        partial_(points.chunks()) {
    const double work = static_cast<double>(points.x.size()) * static_cast<double>(clusters);
    threads_ = kmeans_detail::worthwhile(threads, work);
  }

  KMeansResult run(std::vector<double> start, const KMeansOptions& options, const StopFlag* stop) {
    KMeansResult result;
    result.centroids = std::move(start);
    result.labels.assign(points_.x.rows, -1);
    while (result.iterations < options.maxIterations) {
      if ((result.stopped = stop && stop->isSet())) break;
      ++result.iterations;
      if (!assign(result)) {
        result.converged = true;
        return result;
      }
      if (update(result) <= options.tolerance * points_.meanVariance) {
        result.converged = true;
        break;
      }
    }
    assign(result);  // the labels follow the last update
    return result;
  }

 private:
  struct Partial {
    double inertia;
    bool changed;
  };

  View<const double> centroidsOf(const KMeansResult& result) const {
    return {result.centroids.data(), clusters_, points_.dims()};
  }

  // Labels and inertia for the centroids, and the sums the update needs; whether a label changed.
  bool assign(KMeansResult& result) {
    centroids32_.set(centroidsOf(result), points_.mean.data(), points_.scale);
    sums_.fill(0);
    counts_.fill(0);
    parallelFor(points_.chunks(), threads_, [&](std::size_t chunk) { assignChunk(chunk, result); });
    bool changed = false;
    result.inertia = 0;
    const std::size_t size = clusters_ * points_.dims();
    for (std::size_t chunk = 0; chunk < partial_.size(); ++chunk) {
      result.inertia += partial_[chunk].inertia;
      changed |= partial_[chunk].changed;
      if (chunk == 0) continue;  // the sum over the chunks is gathered in the first
      for (std::size_t i = 0; i < size; ++i) sums_[i] += sums_[chunk * size + i];
      for (std::size_t k = 0; k < clusters_; ++k) counts_[k] += counts_[chunk * clusters_ + k];
    }
    result.inertias.push_back(result.inertia);
    return changed;
  }

  void assignChunk(std::size_t chunk, KMeansResult& result) {
    const auto& kernel = kmeans_kernel::kernels();
    double* sums = sums_.data() + chunk * clusters_ * points_.dims();
    std::uint32_t* counts = counts_.data() + chunk * clusters_;
    Partial partial{0, false};
    for (std::size_t b = points_.chunkBegin(chunk); b < points_.chunkBegin(chunk + 1); ++b) {
      const View<const T> rows = points_.rowsOf(b);
      std::int32_t labels[lanes];
      labelBlock(rows, points_.block(b), points_.norms.data() + b * lanes, centroids32_,
                 centroidsOf(result), labels);
      std::int32_t* old = result.labels.data() + b * lanes;
      for (std::size_t i = 0; i < rows.rows; ++i) {
        partial.changed |= labels[i] != old[i];
        old[i] = labels[i];
        ++counts[labels[i]];
      }
      partial.inertia += kernel.add(rows, labels, result.centroids.data(), sums);
    }
    partial_[chunk] = partial;
  }

  // Every centroid to the mean of its points; the sum of the squared shifts.
  double update(KMeansResult& result) {
    const std::size_t d = points_.dims();
    const std::vector<std::size_t> refills = takeFarthest(result);
    double shift = 0;
    for (std::size_t k = 0, refill = 0; k < clusters_; ++k) {
      double* centroid = result.centroids.data() + k * d;
      if (counts_[k] == 0) {
        const T* point = points_.x.row(refills[refill++]);
        for (std::size_t j = 0; j < d; ++j) {
          shift += (double{point[j]} - centroid[j]) * (double{point[j]} - centroid[j]);
          centroid[j] = point[j];
        }
        continue;
      }
      const auto count = static_cast<double>(counts_[k]);
      for (std::size_t j = 0; j < d; ++j) {
        const double step = sums_[k * d + j] / count;
        shift += step * step;
        centroid[j] += step;
      }
    }
    return shift;
  }

  // For each emptied cluster the point farthest from its centroid, taken out of the sums of its
  // cluster. A cluster never gives its last point.
  std::vector<std::size_t> takeFarthest(const KMeansResult& result) {
    std::vector<std::size_t> taken;
    const auto empty = static_cast<std::size_t>(
        std::count(counts_.begin(), counts_.begin() + clusters_, std::uint32_t{0}));
    if (empty == 0) return taken;
    const std::size_t d = points_.dims();
    const auto centroidOf = [&](std::size_t i) {
      return result.centroids.data() + static_cast<std::size_t>(result.labels[i]) * d;
    };
    std::vector<double> distances(points_.x.rows);
    std::vector<std::uint32_t> order(points_.x.rows);
    for (std::size_t i = 0; i < distances.size(); ++i) {
      distances[i] = kmeans_kernel::kernels().distance(points_.x.row(i), centroidOf(i), d);
      order[i] = static_cast<std::uint32_t>(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return distances[a] > distances[b]; });
    std::vector<std::uint32_t> left(counts_.begin(), counts_.begin() + clusters_);
    for (const std::uint32_t i : order) {
      if (taken.size() == empty) break;
      const auto donor = static_cast<std::size_t>(result.labels[i]);
      if (left[donor] == 1) continue;
      --left[donor];
      taken.push_back(i);
      for (std::size_t j = 0; j < d; ++j)
        sums_[donor * d + j] -= double{points_.x(i, j)} - centroidOf(i)[j];
    }
    // Only clusters that were empty before are refilled: no donor has reached zero.
    std::copy(left.begin(), left.end(), counts_.begin());
    return taken;
  }

  const Points<T>& points_;
  std::size_t clusters_;
  unsigned threads_;
  Centroids32 centroids32_;
  Buffer<double> sums_;           // (chunks, K, D): x - centroid
  Buffer<std::uint32_t> counts_;  // (chunks, K)
  std::vector<Partial> partial_;  // (chunks)
};

template <class T>
std::vector<double> startOf(const Points<T>& points, const KMeansOptions& options, Random& random,
                            const StopFlag* stop) {
  const std::size_t d = points.dims(), clusters = options.clusters;
  std::vector<double> start;
  start.reserve(clusters * d);
  if (options.init == KMeansInit::given) {
    assert(options.start.rows == clusters && options.start.columns == d);
    for (std::size_t k = 0; k < clusters; ++k)
      start.insert(start.end(), options.start.row(k), options.start.row(k) + d);
    return start;
  }
  const std::vector<std::size_t> rows =
      options.init == KMeansInit::random
          ? kmeans_detail::seedRandom(points.x.rows, clusters, random)
          : kmeans_detail::seedPlusPlus(points, clusters, random, options.threads, stop);
  for (const std::size_t i : rows) start.insert(start.end(), points.x.row(i), points.x.row(i) + d);
  return start;
}

}  // namespace

template <class T>
KMeansResult kmeans(View<const T> x, const KMeansOptions& options, const StopFlag* stop) {
  assert(options.clusters >= 1 && options.clusters <= x.rows);
  const Points<T> points(x, options.threads);
  Lloyd<T> lloyd(points, options.clusters, options.threads);
  const unsigned runs = options.init == KMeansInit::given ? 1 : std::max(1u, options.restarts);
  KMeansResult best;
  for (unsigned run = 0; run < runs && !best.stopped; ++run) {
    Random random(options.seed, run);
    KMeansResult result = lloyd.run(startOf(points, options, random, stop), options, stop);
    if (run > 0 && result.inertia >= best.inertia) {
      best.stopped = result.stopped;
    } else {
      best = std::move(result);
    }
  }
  return best;
}

template <class T>
double assignNearest(View<const T> x, View<const double> centroids, std::int32_t* labels,
                     unsigned threads) {
  if (x.rows == 0) return 0;
  const auto& kernel = kmeans_kernel::kernels();
  const std::size_t d = x.columns;
  if (x.rows * centroids.size() <= 1 << 14) {
    double inertia = 0;
    for (std::size_t i = 0; i < x.rows; ++i) {
      const auto nearest = nearestExactly(x.row(i), centroids);
      labels[i] = static_cast<std::int32_t>(nearest.cluster);
      inertia += nearest.squaredDistance;
    }
    return inertia;
  }

  // Centred at the mean of the centroids and scaled by their spread.
  std::vector<double> mean(d, 0.0);
  for (std::size_t k = 0; k < centroids.rows; ++k)
    for (std::size_t j = 0; j < d; ++j)
      mean[j] += centroids(k, j) / static_cast<double>(centroids.rows);
  double spread = 0;
  for (std::size_t k = 0; k < centroids.rows; ++k)
    spread = std::max(spread, kernel.distance(mean.data(), centroids.row(k), d));
  const double scale = kmeans_detail::scaleOf(std::sqrt(spread));
  Centroids32 centroids32;
  centroids32.set(centroids, mean.data(), scale);

  const std::size_t blocks = (x.rows + lanes - 1) / lanes;
  std::vector<double> inertias(blocks);
  const double work = static_cast<double>(x.rows) * static_cast<double>(centroids.size());
  parallelFor(blocks, kmeans_detail::worthwhile(threads, work), [&](std::size_t b) {
    thread_local Buffer<float> block;
    float norms[lanes];
    block.resize(d * lanes);
    const View<const T> rows = x.rowRange(b * lanes, std::min(lanes, x.rows - b * lanes));
    kernel.fillBlock(rows, mean.data(), scale, block.data(), norms);
    labelBlock(rows, block.view(d, lanes), norms, centroids32, centroids, labels + b * lanes);
    for (std::size_t i = 0; i < rows.rows; ++i)
      inertias[b] += kernel.distance(
          rows.row(i), centroids.row(static_cast<std::size_t>(labels[b * lanes + i])), d);
  });
  double inertia = 0;
  for (const double part : inertias) inertia += part;
  return inertia;
}

template KMeansResult kmeans(View<const float>, const KMeansOptions&, const StopFlag*);
template KMeansResult kmeans(View<const double>, const KMeansOptions&, const StopFlag*);
template double assignNearest(View<const float>, View<const double>, std::int32_t*, unsigned);
template double assignNearest(View<const double>, View<const double>, std::int32_t*, unsigned);

}  // namespace deeptype
