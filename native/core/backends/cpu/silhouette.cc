#include "silhouette.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../../math/rescale.h"
#include "../../platform/simd/simd.h"
#include "../../platform/stop.h"
#include "../../platform/threads.h"

namespace deeptype {
namespace {

constexpr std::size_t lanes = 16;        // points of a block, stored [feature][point]
constexpr std::size_t rowsTogether = 4;  // rows compared with a block at a time
constexpr std::size_t rowsPerTask = 32;  // rows

typedef double Doubles __attribute__((vector_size(64)));

// The power of two that brings the largest value near 2^510 / sqrt(columns): squared distances do
// not overflow, as few as possible underflow, and scaling is exact.
template <class T>
double scaleOf(View<const T> x) {
  double largest = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % 64 == 0) checkStop();
    for (std::size_t j = 0; j < x.columns; ++j)
      largest = std::max(largest, std::abs(double{x(i, j)}));
  }
  if (largest == 0) return 1;
  const int room = 1 + std::ilogb(4.0 * static_cast<double>(x.columns)) / 2;
  return std::ldexp(1.0, std::min(1023, 510 - room - std::ilogb(largest)));
}

// A scaled copy in which the points of a cluster are adjacent.
struct ClusteredCopy {
  std::vector<std::size_t> begins;  // (clusters + 1)
  std::size_t columns = 0;
  double scale = 1;
  Buffer<double> blocks;  // (N / lanes, D, lanes)

  template <class T>
  ClusteredCopy(View<const T> x, const std::int32_t* labels, std::size_t clusters)
      : begins(clusters + 1, 0), columns(x.columns), scale(scaleOf(x)) {
    for (std::size_t i = 0; i < x.rows; ++i) ++begins[static_cast<std::size_t>(labels[i]) + 1];
    for (std::size_t k = 0; k < clusters; ++k) begins[k + 1] += begins[k];
    blocks.resize((x.rows + lanes - 1) / lanes * lanes * columns);
    blocks.clear();
    std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
    for (std::size_t i = 0; i < x.rows; ++i) {
      if (i % 64 == 0) checkStop();
      const std::size_t at = next[static_cast<std::size_t>(labels[i])]++;
      double* to = blocks.data() + at / lanes * lanes * columns + at % lanes;
      for (std::size_t j = 0; j < columns; ++j) to[j * lanes] = x(i, j) * scale;
    }
  }
  std::size_t sizeOf(std::size_t cluster) const { return begins[cluster + 1] - begins[cluster]; }
};

// out (rowsTogether, lanes): distances of the points (rowsTogether, D) from those of a block.
DEEPTYPE_INLINE void distances(const double* points, std::size_t columns, const double* block,
                               double* out) {
  Doubles low[rowsTogether] = {}, high[rowsTogether] = {};
  for (std::size_t j = 0; j < columns; ++j, block += lanes) {
    Doubles left, right;
    std::memcpy(&left, block, sizeof left);
    std::memcpy(&right, block + 8, sizeof right);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < rowsTogether; ++i) {
      const Doubles a = left - points[i * columns + j], b = right - points[i * columns + j];
      low[i] += a * a;
      high[i] += b * b;
    }
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < rowsTogether; ++i) {
    std::memcpy(out + i * lanes, &low[i], sizeof low[i]);
    std::memcpy(out + i * lanes + 8, &high[i], sizeof high[i]);
  }
  for (std::size_t i = 0; i < rowsTogether * lanes; ++i) out[i] = __builtin_sqrt(out[i]);
}

// sums (rowsTogether, clusters): of the distances of the points from the points of each cluster.
DEEPTYPE_INLINE void sumByCluster(const double* points, const ClusteredCopy& copy, double* sums) {
  const std::size_t clusters = copy.begins.size() - 1, end = copy.begins.back();
  alignas(64) double distance[rowsTogether * lanes];
  for (std::size_t first = 0, cluster = 0; first < end; first += lanes) {
    if (first % (16 * lanes) == 0) checkStop();
    distances(points, copy.columns, copy.blocks.data() + first * copy.columns, distance);
    const std::size_t last = std::min(first + lanes, end);
    for (std::size_t at = first; at < last;) {
      while (copy.begins[cluster + 1] <= at) ++cluster;
      const std::size_t until = std::min(last, copy.begins[cluster + 1]);
      for (std::size_t i = 0; i < rowsTogether; ++i) {
        const double* row = distance + i * lanes;
        double sum = 0;
        if (until - at == lanes) {
          Doubles left, right;
          std::memcpy(&left, row, sizeof left);
          std::memcpy(&right, row + 8, sizeof right);
          left += right;
          sum = ((left[0] + left[1]) + (left[2] + left[3])) +
                ((left[4] + left[5]) + (left[6] + left[7]));
        } else {
          for (std::size_t lane = at - first; lane < until - first; ++lane) sum += row[lane];
        }
        sums[i * clusters + cluster] += sum;
      }
      at = until;
    }
  }
}

double silhouetteOf(const double* sums, std::size_t own, const ClusteredCopy& copy) {
  if (copy.sizeOf(own) <= 1) return 0;
  const double within = sums[own] / static_cast<double>(copy.sizeOf(own) - 1);
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k + 1 < copy.begins.size(); ++k)
    if (k != own && copy.sizeOf(k) > 0)
      nearest = std::min(nearest, sums[k] / static_cast<double>(copy.sizeOf(k)));
  const double larger = std::max(within, nearest);
  return larger > 0 ? (nearest - within) / larger : 0;
}

}  // namespace

template <class T>
std::vector<double> silhouettes(View<const T> x, const std::int32_t* labels, std::size_t clusters,
                                std::span<const std::int32_t> rows, unsigned threads) {
  if (isTiny<T>(x)) {
    Buffer<T> storage;
    if (const double factor = rescaleFactor(largestAbsolute(x)); factor != 1)
      return silhouettes(rescaled(x, factor, storage), labels, clusters, rows, threads);
  }
  const ClusteredCopy copy(x, labels, clusters);
  const std::size_t count = rows.empty() ? x.rows : rows.size(), d = x.columns;
  std::vector<double> result(count, 0.0);
  const double work = static_cast<double>(count) * static_cast<double>(x.size());
  parallelFor(
      (count + rowsPerTask - 1) / rowsPerTask, work > 1e6 ? threads : 1, [&](std::size_t t) {
        std::vector<double> points(rowsTogether * d), sums(rowsTogether * clusters);
        const std::size_t end = std::min(count, (t + 1) * rowsPerTask);
        for (std::size_t first = t * rowsPerTask; first < end; first += rowsTogether) {
          const std::size_t here = std::min(rowsTogether, end - first);
          const auto rowOf = [&](std::size_t i) {
            return rows.empty() ? first + i : static_cast<std::size_t>(rows[first + i]);
          };
          for (std::size_t i = 0; i < here; ++i)
            for (std::size_t j = 0; j < d; ++j) points[i * d + j] = x(rowOf(i), j) * copy.scale;
          std::fill(sums.begin(), sums.end(), 0.0);
          simd::dispatch([&]() DEEPTYPE_LAMBDA { sumByCluster(points.data(), copy, sums.data()); });
          for (std::size_t i = 0; i < here; ++i)
            result[first + i] = silhouetteOf(sums.data() + i * clusters,
                                             static_cast<std::size_t>(labels[rowOf(i)]), copy);
        }
      });
  return result;
}

template std::vector<double> silhouettes(View<const float>, const std::int32_t*, std::size_t,
                                         std::span<const std::int32_t>, unsigned);
template std::vector<double> silhouettes(View<const double>, const std::int32_t*, std::size_t,
                                         std::span<const std::int32_t>, unsigned);

}  // namespace deeptype
