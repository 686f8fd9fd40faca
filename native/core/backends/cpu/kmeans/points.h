#pragma once
// The data of K-means: the caller's rows for exact distances, and a copy in float32 or 16 bits,
// centred and scaled by a power of two, for the scores.
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "../../../math/matrix.h"
#include "kernel.h"
#include "kernels16.h"
#include "recycled_buffer.h"

namespace deeptype::kmeans_detail {

using kmeans_kernel::Block;
using kmeans_kernel::Kernels16;
using kmeans_kernel::lanes;

template <class T>
struct Points {
  View<const T> x;  // (N,D)
  std::vector<double>
      reference;  // (D): near the centre; rounded to float32 where that is close enough
  std::vector<float> referenceFloat;  // (D): the same in float32
  double scale = 1;
  const Kernels16* kernels16;  // null: the copy is in float32
  std::size_t pairs = 0;       // pairs of columns, with padding
  RecycledBuffer<float> copy;  // (N / lanes) blocks
  bool filled = false;         // whether the copy exists
  // Whether rows are so far out that sums with them lose the differences of the others. Known once
  // the copy exists.
  bool uneven = false;

  Points(View<const T> data, const Kernels16* kernels16);

  // Replaces the copy by one in float32, where 16 bits leave too many points doubtful.
  void switchToFloat32(unsigned threads);
  // Fills the copy, or one block of it.
  void fill(unsigned threads);
  void fillBlock(std::size_t b);
  void markFilled();
  // Coordinates, floats or pairs; then the norms, residuals and units of its points.
  Block block(std::size_t b) {
    const std::size_t words = (kernels16 ? pairs : dims()) * lanes;
    float* const first = copy.data() + b * (words + 3 * lanes);
    return {kernels16 ? nullptr : first,
            kernels16 ? reinterpret_cast<std::uint32_t*>(first) : nullptr, first + words,
            first + words + lanes,
            kernels16 && kernels16->integers ? first + words + 2 * lanes : nullptr};
  }
  // Mean variance of the columns, given sum_i (x_i - reference) (D). Rows more than 16 times as far
  // out as the median row are left out where they make up nearly all of the variance; 0 where there
  // are so many that the median itself is too large.
  double meanVariance(const double* sums);

  kmeans_kernel::Frame frame() const { return {reference.data(), referenceFloat.data(), scale}; }
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
  // The largest norm of a point of the copy in an even table.
  double evenLimit() const;
  double longestNorm();
  double middleNorm();
  double inlierVariance(double edge);
  // body(i, norm of point i of the copy) for each row.
  template <class Body>
  void eachNorm(Body body) {
    for (std::size_t b = 0; b < blockCount(); ++b) {
      const float* norms = block(b).norms;
      for (std::size_t i = 0; i < rowsOf(b).rows; ++i) body(b * lanes + i, double{norms[i]});
    }
  }

  double step_ = 0;  // of the sample
};

// Number of threads for `work` multiplications.
inline unsigned threadsFor(unsigned threads, double work) { return work > 4e6 ? threads : 1; }

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
