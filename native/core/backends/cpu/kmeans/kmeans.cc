#include "kmeans.h"

#include <algorithm>
#include <cassert>

#include "../../../math/random.h"
#include "../../../math/rescale.h"
#include "../../../platform/threads.h"
#include "lloyd.h"
#include "packed_centroids.h"
#include "sample.h"
#include "seeding.h"

namespace deeptype {
namespace {

using kmeans_detail::lanes;
using kmeans_detail::PackedCentroids;
using kmeans_detail::Points;

template <class T>
std::vector<double> startOf(Points<T>& points, const KMeansOptions& options, Random& random) {
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
          : kmeans_detail::seedPlusPlus(points, clusters, random, options.threads);
  for (const std::size_t i : rows) start.insert(start.end(), points.x.row(i), points.x.row(i) + d);
  return start;
}

// K-means of factor * x, with results in the coordinates of x.
template <class T>
KMeansResult kmeansRescaled(View<const T> x, double factor, KMeansOptions options) {
  Buffer<T> storage;
  Buffer<double> start;
  if (options.init == KMeansInit::given) options.start = rescaled(options.start, factor, start);
  KMeansResult result = kmeans(rescaled(x, factor, storage), options);
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  for (double& c : result.centroids) c /= factor;
  for (double& inertia : result.inertias) inertia = inertia / factor / factor;
  result.inertia = result.inertia / factor / factor;
  return result;
}

// assignNearest in float64 alone, for small tables.
template <class T>
double assignExactly(View<const T> x, View<const double> centroids, std::int32_t* labels) {
  double inertia = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    const auto nearest = kmeans_detail::nearestExactly(x.row(i), centroids);
    labels[i] = static_cast<std::int32_t>(nearest.cluster);
    inertia += nearest.squaredDistance;
  }
  return inertia;
}

// assignNearest by float32 scores, with float64 for doubtful rows.
template <class T>
double assignByScores(View<const T> x, View<const double> centroids, std::int32_t* labels,
                      unsigned threads) {
  const auto& kernel = kmeans_kernel::kernels();
  const std::size_t d = x.columns;
  // Centred at the middle of the centroids and scaled by their spread.
  auto [mean, spread, step] = kmeans_detail::sampleOf(centroids);
  const double scale = kmeans_detail::scaleOf(spread);
  if (std::is_same_v<T, float>)
    for (double& m : mean) m = static_cast<float>(m);
  const std::vector<float> referenceFloat(mean.begin(), mean.end());
  const kmeans_kernel::Frame frame{mean.data(), referenceFloat.data(), scale};
  PackedCentroids packed;
  packed.set(centroids, frame, nullptr, 0, PackedCentroids::Which::near);

  const std::size_t blocks = (x.rows + lanes - 1) / lanes;
  std::vector<double> inertias(blocks);
  const double work = static_cast<double>(x.rows) * static_cast<double>(centroids.size());
  parallelFor(blocks, kmeans_detail::threadsFor(threads, work), [&](std::size_t b) {
    thread_local Buffer<float> floats, scores;
    alignas(64) float norms[lanes], residuals[lanes];
    floats.resize(d * lanes);
    const View<const T> rows = x.rowRange(b * lanes, std::min(lanes, x.rows - b * lanes));
    const kmeans_kernel::Block block{floats.data(), nullptr, norms, residuals, nullptr};
    kernel.fillBlock(rows, frame, 0, block);
    kmeans_kernel::Best best;
    packed.multiply(block, scores);
    packed.nearest(scores, block, rows.rows, best);
    kmeans_detail::resolveDoubtful(rows, scores, packed, centroids, false, best);
    std::copy_n(best.label, rows.rows, labels + b * lanes);
    inertias[b] = kernel.sum(rows, labels + b * lanes, centroids.data);
  });
  double inertia = 0;
  for (const double part : inertias) inertia += part;
  return inertia;
}

}  // namespace

template <class T>
KMeansResult kmeans(View<const T> x, const KMeansOptions& options) {
  if (isTiny<T>(x))
    if (const double factor = rescaleFactor(largestAbsolute(x)); factor != 1)
      return kmeansRescaled(x, factor, options);
  assert(options.clusters >= 1 && options.clusters <= x.rows);
  // 16-bit scores save no time where products are short or few.
  const bool many = x.columns >= 16 && options.clusters >= 4;
  Points<T> points(x, many ? kmeans_kernel::kernels16(options.scorePrecision) : nullptr);
  kmeans_detail::Lloyd<T> lloyd(points, options);
  const unsigned runs = options.init == KMeansInit::given ? 1 : std::max(1u, options.restarts);
  KMeansResult best;
  for (unsigned run = 0; run < runs; ++run) {
    Random random(options.seed, run);
    KMeansResult result = lloyd.run(startOf(points, options, random));
    if (run == 0 || result.inertia < best.inertia) best = std::move(result);
  }
  return best;
}

template <class T>
double assignNearest(View<const T> x, View<const double> centroids, std::int32_t* labels,
                     unsigned threads) {
  if (x.rows == 0) return 0;
  if (isTiny<T>(x) && isTiny<T>(centroids)) {
    const double factor = rescaleFactor(largestAbsolute(x, centroids));
    Buffer<T> storage;
    Buffer<double> moved;
    if (factor != 1)
      return assignNearest(rescaled(x, factor, storage), rescaled(centroids, factor, moved), labels,
                           threads) /
             factor / factor;
  }
  if (x.rows * centroids.size() <= 1 << 14) return assignExactly(x, centroids, labels);
  return assignByScores(x, centroids, labels, threads);
}

template KMeansResult kmeans(View<const float>, const KMeansOptions&);
template KMeansResult kmeans(View<const double>, const KMeansOptions&);
template double assignNearest(View<const float>, View<const double>, std::int32_t*, unsigned);
template double assignNearest(View<const double>, View<const double>, std::int32_t*, unsigned);

}  // namespace deeptype
