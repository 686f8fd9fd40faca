#pragma once
// The data as K-means works on it: the caller's own rows for everything exact, and a copy in
// float32 or 16 bits, centred and scaled by a power of two, for a first look at the distances.
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "../matrix.h"
#include "half.h"
#include "kernel.h"
#include "spare.h"

namespace deeptype::kmeans_detail {

using kmeans_kernel::Best;
using kmeans_kernel::Block;
using kmeans_kernel::HalfKernels;
using kmeans_kernel::lanes;
using kmeans_kernel::Margin;

template <class T>
struct Points {
  View<const T> x;                // (N,D)
  std::vector<double> reference;  // (D): near the mean; float32 values wherever those are near
  std::vector<float> narrow;      // (D): the same in float32
  double scale = 1;
  const HalfKernels* half;  // null: the copy is in float32
  std::size_t pairs = 0;    // of columns, with those that only fill up
  Spare<float> copy;        // (N / lanes): blocks, one after the other
  bool filled = false;      // whether the copy is made

  Points(View<const T> data, const HalfKernels* half);

  // Copies again in float32, where 16 bits leave too much open.
  void useSingles(unsigned threads);
  // Makes the copy, all of it or one block.
  void fill(unsigned threads);
  void fillBlock(std::size_t b);
  // Its coordinates, singles or pairs; then the norms, the residuals and the units of its points.
  Block block(std::size_t b) {
    const std::size_t words = (half ? pairs : dims()) * lanes;
    float* const first = copy.data() + b * (words + 3 * lanes);
    return {half ? nullptr : first, half ? reinterpret_cast<std::uint32_t*>(first) : nullptr,
            first + words, first + words + lanes,
            half && half->integers ? first + words + 2 * lanes : nullptr};
  }
  // Mean over the columns, given sum_i (x_i - reference), (D).
  double meanVariance(const double* sums);

  kmeans_kernel::Frame frame() const { return {reference.data(), narrow.data(), scale}; }
  std::size_t dims() const { return x.columns; }
  std::size_t blockCount() const { return (x.rows + lanes - 1) / lanes; }
  View<const T> rowsOf(std::size_t b) const {
    return x.rowRange(b * lanes, std::min(lanes, x.rows - b * lanes));
  }

  // Sums run over chunks of whole blocks, fixed by N, and are added chunk after chunk.
  std::size_t chunks() const { return std::min<std::size_t>(64, (blockCount() + 15) / 16); }
  std::size_t chunkBegin(std::size_t chunk) const {
    return blockCount() / chunks() * chunk + std::min(chunk, blockCount() % chunks());
  }

 private:
  void reserve();
};

// Threads that pay for `work` multiplications.
inline unsigned worthwhile(unsigned threads, double work) { return work > 4e6 ? threads : 1; }

// A bit for each of the first `count` points of a block.
inline std::uint64_t firstBits(std::size_t count) { return ~std::uint64_t{0} >> (lanes - count); }

// body(i) for each bit i that is set.
template <class Body>
void eachBit(std::uint64_t bits, Body body) {
  for (; bits != 0; bits &= bits - 1) body(static_cast<std::size_t>(std::countr_zero(bits)));
}

// The power of two that brings a typical length near 1.
double scaleOf(double typical);

// Some centroids in the coordinates of the copy, ready for the product with blocks:
// score = x.c - |c|^2 / 2 is largest where the distance is smallest.
class Packed {
 public:
  // from (K,D)
  template <class T>
  void set(View<const double> from, const Points<T>& points) {
    set(from, points.reference.data(), points.scale, points.half, points.pairs);
  }
  void set(View<const double> from, const double* reference, double scale, const HalfKernels* half,
           std::size_t pairs);

  // Scores of a block: (K, lanes), rounded up to whole tiles.
  void multiply(const Block& block, Buffer<float>& scores) const;
  // What they say about the nearest centroids of its first `count` points.
  void nearest(const Buffer<float>& scores, const Block& block, std::size_t count,
               Best& best) const;

  const float* halfSquares() const { return halfSquares_.data(); }
  // What one score may be off by.
  const Margin& margin() const { return margin_; }

 private:
  Margin marginOf(double largest, double largestResidual) const;
  Margin apartOf() const;
  // Where the copy of 16 bits has a column: a word of each point, and the bit it begins with.
  struct Place {
    std::size_t word, shift;
  };
  Place placeOf(std::size_t column) const;
  // The value that takes the place of another in the copy, and how.
  struct Rounded {
    double value;
    std::uint32_t bits;
  };
  Rounded rounded(float value) const;
  double setHalves();

  std::size_t clusters_ = 0, dims_ = 0, pairs_ = 0;
  const HalfKernels* half_ = nullptr;
  Buffer<float> values_;           // (K,D)
  Buffer<std::uint32_t> halves_;   // (K rounded up, pairs)
  Buffer<double> near_, lost_;     // (K,D): what the halves hold, and the rest of the values
  Buffer<float> halfSquares_;      // (K)
  double largest_ = 0;             // length of a centroid
  double unit_ = 0, perUnit_ = 0;  // of integers
  Margin margin_{}, apart_{};      // apart: what the difference of two scores may be off by
};

// The centroid nearest to x in float64; ties go to the lower index.
struct Nearest {
  std::size_t cluster;
  double squaredDistance;
};
template <class T>
Nearest nearestExactly(const T* x, View<const double> centroids);

// The nearest centroid of the rows of a block that the scores leave in doubt, as in float64.
// Returns how many those were.
template <class T>
std::size_t decide(View<const T> rows, const Buffer<float>& scores, const Packed& packed,
                   View<const double> centroids, Best& best);

}  // namespace deeptype::kmeans_detail
