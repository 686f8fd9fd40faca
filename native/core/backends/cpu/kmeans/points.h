#pragma once
// The data as K-means works on it: the caller's own rows for everything exact, and a copy in
// float32 or 16 bits, centred and scaled by a power of two, for a first look at the distances.
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "../../../math/matrix.h"
#include "kernel.h"
#include "narrow_scores.h"
#include "recycled_buffer.h"

namespace deeptype::kmeans_detail {

using kmeans_kernel::Block;
using kmeans_kernel::HalfKernels;
using kmeans_kernel::lanes;

template <class T>
struct Points {
  View<const T> x;                // (N,D)
  std::vector<double> reference;  // (D): near the middle; float32 values wherever those are near
  std::vector<float> narrow;      // (D): the same in float32
  double scale = 1;
  const HalfKernels* half;  // null: the copy is in float32
  std::size_t pairs = 0;    // of columns, with those that only fill up
  Spare<float> copy;        // (N / lanes): blocks, one after the other
  bool filled = false;      // whether the copy is made
  // Whether some rows are so far out that sums which hold them lose what tells the others apart:
  // known once the copy is made.
  bool uneven = false;

  Points(View<const T> data, const HalfKernels* half);

  // Copies again in float32, where 16 bits leave too much open.
  void useSingles(unsigned threads);
  // Makes the copy, all of it or one block.
  void fill(unsigned threads);
  void fillBlock(std::size_t b);
  void setFilled();
  // Its coordinates, singles or pairs; then the norms, the residuals and the units of its points.
  Block block(std::size_t b) {
    const std::size_t words = (half ? pairs : dims()) * lanes;
    float* const first = copy.data() + b * (words + 3 * lanes);
    return {half ? nullptr : first, half ? reinterpret_cast<std::uint32_t*>(first) : nullptr,
            first + words, first + words + lanes,
            half && half->integers ? first + words + 2 * lanes : nullptr};
  }
  // Mean over the columns, given sum_i (x_i - reference), (D). Rows more than 16 times as far out
  // as the middle one are left out where nearly all of the variance is theirs; 0 where so many are
  // that no middle is left.
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
  // The longest that a point of the copy may be in an even table.
  double mostEven() const;
  double longestNorm();
  double middleNorm();
  double innerVariance(double edge);
  // body(i, length of point i of the copy) for each row.
  template <class Body>
  void eachNorm(Body body) {
    for (std::size_t b = 0; b < blockCount(); ++b) {
      const float* norms = block(b).norms;
      for (std::size_t i = 0; i < rowsOf(b).rows; ++i) body(b * lanes + i, double{norms[i]});
    }
  }

  double step_ = 0;  // of the sample
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

}  // namespace deeptype::kmeans_detail
