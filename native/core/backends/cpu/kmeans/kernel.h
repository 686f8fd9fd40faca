#pragma once
// The inner loops of K-means, compiled once per instruction set.
#include <algorithm>
#include <span>

#include "../../../math/matrix.h"
#include "../../../platform/simd/simd.h"
#include "kernels16.h"

namespace deeptype::kmeans_kernel {

// Points in a block, stored [feature][point].
constexpr std::size_t lanes = 64;

// Prefetches the beginning of a row of the data. The row need not be aligned, so its last element
// may be in one more cache line.
template <class T>
DEEPTYPE_INLINE void prefetch(const T* row, std::size_t columns) {
  constexpr std::size_t line = 64 / sizeof(T), most = 16 * line;
  const std::size_t end = std::min(columns, most);
  for (std::size_t j = 0; j < end; j += line) __builtin_prefetch(row + j, 0, 2);
  __builtin_prefetch(row + end - 1, 0, 2);
}

// Error bound of the score of a point: fixed + norm * perNorm + residual * perResidual, and
// norm^2 * perSquare for the rounding of float64.
struct Margin {
  float fixed, perNorm, perResidual, perSquare;
};

// For each point of a block: the argmax of the scores, the score from which another cluster may be
// nearest within the error bounds, and a bit that is set if there is such a cluster.
struct Best {
  alignas(64) float limit[lanes];
  alignas(64) std::int32_t label[lanes];
  std::uint64_t doubtful;
};

// A row that moves from cluster `from`, -1 if none, to cluster `to`.
struct Move {
  std::uint32_t row;
  std::int32_t from, to;
};

// (x - reference) scale: the coordinates of the copies. `referenceFloat` (D) is the reference in
// float32.
struct Frame {
  const double* reference;
  const float* referenceFloat;
  double scale;
};

// Destination of `fill`; one of the two copies is null.
struct Block {
  float* floats;         // (D, lanes)
  std::uint32_t* pairs;  // (D / 2, lanes): bfloat16 of an even column in the low half, of the next
                         // in the high half; or integers, see `groupColumns`
  float* norms;          // (lanes): Euclidean
  float* residuals;      // (lanes): bound of the norm of the 16-bit rounding error
  float* units;          // (lanes): null unless pairs are integers
};

struct Kernels {
  // scores (K, lanes) = centroids (K, D) block (D, lanes)
  void (*multiply)(const float* block, std::size_t dims, const float* centroids,
                   std::size_t clusters, float* scores);

  // Highest of scores (K, lanes) - halfSquares (K); ties go to the lower row. `apart` is the
  // error bound of the difference of two scores.
  void (*nearest)(const float* scores, const float* halfSquares, std::size_t clusters,
                  const float* norms, const float* residuals, Margin apart, Best& best);

  // A bit for each point of a block: whether a differs from b.
  std::uint64_t (*differences)(const std::int32_t* a, const std::int32_t* b);

  // closer (lanes) = min(closest, norm^2 - 2 (score - halfSquare)), and its sum. Returns a bit for
  // each point: set if that distance is new and below `noise` times the error bound of the score.
  std::uint64_t (*shrink)(const float* closest, const float* norms, const float* residuals,
                          const float* scores, float halfSquare, Margin margin, float noise,
                          float* closer, double* sum);

  // |x - c|^2
  double (*squaredDistance)(const float* x, const double* c, std::size_t dims);
  double (*squaredDistance64)(const double* x, const double* c, std::size_t dims);

  // Sum over the rows of |x - c_k|^2, with k the label of the row.
  double (*sumDistances)(View<const float> x, const std::int32_t* labels, const double* centroids);
  double (*sumDistances64)(View<const double> x, const std::int32_t* labels,
                           const double* centroids);

  // sums (K, D) += x - reference for the cluster a row moves to, -= for the one it leaves. Returns
  // the sum of the squared distances of these rows from the reference if `squares`, else 0.
  double (*moveRows)(View<const float> x, std::span<const Move> moves, const double* reference,
                     bool squares, double* sums);
  double (*moveRows64)(View<const double> x, std::span<const Move> moves, const double* reference,
                       bool squares, double* sums);

  // Packs the transpose of x (rows <= lanes, D) in the frame. Absent points and pairs of columns
  // from D on are 0.
  void (*fill)(View<const float> x, const Frame& frame, std::size_t pairs, const Block& block);
  void (*fill64)(View<const double> x, const Frame& frame, std::size_t pairs, const Block& block);
  // The same in integers, with the unit norm / maxUnits of each point.
  void (*fillIntegers)(View<const float> x, const Frame& frame, const Block& block);
  void (*fillIntegers64)(View<const double> x, const Frame& frame, const Block& block);

  double distance(const float* x, const double* c, std::size_t dims) const {
    return squaredDistance(x, c, dims);
  }
  double distance(const double* x, const double* c, std::size_t dims) const {
    return squaredDistance64(x, c, dims);
  }
  double sum(View<const float> x, const std::int32_t* labels, const double* centroids) const {
    return sumDistances(x, labels, centroids);
  }
  double sum(View<const double> x, const std::int32_t* labels, const double* centroids) const {
    return sumDistances64(x, labels, centroids);
  }
  double move(View<const float> x, std::span<const Move> moves, const double* reference,
              bool squares, double* sums) const {
    return moveRows(x, moves, reference, squares, sums);
  }
  double move(View<const double> x, std::span<const Move> moves, const double* reference,
              bool squares, double* sums) const {
    return moveRows64(x, moves, reference, squares, sums);
  }
  void fillBlock(View<const float> x, const Frame& frame, std::size_t pairs,
                 const Block& block) const {
    if (block.units) return fillIntegers(x, frame, block);
    fill(x, frame, pairs, block);
  }
  void fillBlock(View<const double> x, const Frame& frame, std::size_t pairs,
                 const Block& block) const {
    if (block.units) return fillIntegers64(x, frame, block);
    fill64(x, frame, pairs, block);
  }
};

extern const Kernels baseline;
#ifdef DEEPTYPE_X86
extern const Kernels avx2;
extern const Kernels avx512;
#endif

inline const Kernels& kernels() {
#ifdef DEEPTYPE_X86
  switch (simd::level()) {
    case simd::Level::avx512: return avx512;
    case simd::Level::avx2: return avx2;
    case simd::Level::baseline: break;
  }
#endif
  return baseline;
}

}  // namespace deeptype::kmeans_kernel
