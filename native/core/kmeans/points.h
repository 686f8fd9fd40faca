#pragma once
// The data as K-means works on it: the caller's own rows for everything exact, and a float32 copy,
// centred in float64 and scaled by a power of two, for the distances that run as a matrix product.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../matrix.h"
#include "kernel.h"

namespace deeptype::kmeans_detail {

using kmeans_kernel::lanes;

template <class T>
struct Points {
  View<const T> x;           // (N,D)
  std::vector<double> mean;  // (D)
  double scale = 1;
  double meanVariance = 0;  // mean over the columns
  Buffer<float> blocks;     // (N / lanes, D, lanes): (x - mean) scale, transposed
  Buffer<float> norms;      // (N), rounded up to whole blocks: Euclidean, of the copy

  Points(View<const T> data, unsigned threads);

  std::size_t dims() const { return x.columns; }
  std::size_t blockCount() const { return (x.rows + lanes - 1) / lanes; }
  ConstMatrixView block(std::size_t b) const {
    return {blocks.data() + b * dims() * lanes, dims(), lanes};
  }
  View<const T> rowsOf(std::size_t b) const {
    return x.rowRange(b * lanes, std::min(lanes, x.rows - b * lanes));
  }

  // Sums run over chunks of whole blocks, fixed by N, and are added chunk after chunk.
  std::size_t chunks() const { return std::min<std::size_t>(64, (blockCount() + 7) / 8); }
  std::size_t chunkBegin(std::size_t chunk) const {
    return blockCount() / chunks() * chunk + std::min(chunk, blockCount() % chunks());
  }
};

// Threads that pay for `work` multiplications.
inline unsigned worthwhile(unsigned threads, double work) { return work > 2e6 ? threads : 1; }

// The power of two that brings a typical length near 1.
inline double scaleOf(double typical) {
  return typical > 0 && std::isfinite(typical) ? std::ldexp(1.0, -std::ilogb(typical)) : 1;
}

// Some centroids in the coordinates of the copy, ready for the product with blocks:
// score = x.c - |c|^2 / 2 is largest where the distance is smallest.
struct Centroids32 {
  Buffer<float> values;       // (K,D)
  Buffer<float> halfSquares;  // (K)
  double largestNorm = 0;

  // from (K,D)
  void set(View<const double> from, const double* mean, double scale);
  // products (K, lanes) = values (K,D) block (D, lanes)
  void multiply(ConstMatrixView block, Buffer<float>& products) const;

  // What a score may be off by, for a point of this norm: |error| <= (D + 8) u (|x||c| + |c|^2 /
  // 2), with u the unit roundoff; it covers the rounding of x and c as well.
  double error(double norm, std::size_t dims) const {
    return static_cast<double>(dims + 8) * 0x1p-24 * largestNorm * (norm + largestNorm / 2);
  }
};

// The centroid nearest to x in float64; ties go to the lower index.
struct Nearest {
  std::size_t cluster;
  double squaredDistance;
};
template <class T>
Nearest nearestExactly(const T* x, View<const double> centroids);

}  // namespace deeptype::kmeans_detail
