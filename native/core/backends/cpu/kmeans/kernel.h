#pragma once
// The inner loops of K-means, compiled once per instruction set.
#include <algorithm>
#include <span>

#include "../../../math/matrix.h"
#include "../../../platform/simd/simd.h"
#include "narrow_scores.h"

namespace deeptype::kmeans_kernel {

// Points in a block; they lie side by side, feature under feature.
constexpr std::size_t lanes = 64;

// Asks for the beginning of a row of the data, which is read soon. It may begin anywhere in a line
// of memory: its last element may lie in one more.
template <class T>
DEEPTYPE_INLINE void prefetch(const T* row, std::size_t columns) {
  constexpr std::size_t line = 64 / sizeof(T), most = 16 * line;
  const std::size_t end = std::min(columns, most);
  for (std::size_t j = 0; j < end; j += line) __builtin_prefetch(row + j, 0, 2);
  __builtin_prefetch(row + end - 1, 0, 2);
}

// What the score of a point may be off by: fixed + norm * perNorm + residual * perResidual; and by
// norm^2 * perSquare in float64.
struct Margin {
  float fixed, perNorm, perResidual, perSquare;
};

// For each point of a block: where the highest score was, the score at which another cluster may
// be the nearest as well, and a bit that says whether there is such a cluster.
struct Best {
  alignas(64) float limit[lanes];
  alignas(64) std::int32_t label[lanes];
  std::uint64_t doubtful;
};

// A row that leaves cluster `from`, if that is not negative, for `to`.
struct Move {
  std::uint32_t row;
  std::int32_t from, to;
};

// (x - reference) scale: the coordinates of the copies. `narrow` (D) is the reference in float32.
struct Frame {
  const double* reference;
  const float* narrow;
  double scale;
};

// Where `fill` puts a block: one of the two copies is null.
struct Block {
  float* singles;        // (D, lanes)
  std::uint32_t* pairs;  // (D / 2, lanes): bfloat16 of an even column below, of the next above; or
                         // integers, as `groupColumns` says
  float* norms;          // (lanes): Euclidean
  float* residuals;      // (lanes): most that rounding to 16 bits took away, as a length
  float* units;          // (lanes): null unless the pairs are integers
};

struct Kernels {
  // scores (K, lanes) = centroids (K, D) block (D, lanes)
  void (*multiply)(const float* block, std::size_t dims, const float* centroids,
                   std::size_t clusters, float* scores);

  // Highest of scores (K, lanes) - halfSquares (K); ties go to the lower row. `apart` is what the
  // difference of two scores may be off by.
  void (*nearest)(const float* scores, const float* halfSquares, std::size_t clusters,
                  const float* norms, const float* residuals, Margin apart, Best& best);

  // A bit for each point of a block: whether a differs from b.
  std::uint64_t (*differences)(const std::int32_t* a, const std::int32_t* b);

  // closer (lanes) = min(closest, norm^2 - 2 (score - halfSquare)), and its sum. Returns a bit for
  // each point: whether that distance is new and within `noise` times what the score may be off by.
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

  // sums (K, D) += x - reference in the cluster that a row moves to, and -= in that it leaves.
  // Returns the sum of the squared distances of these rows from the reference where `squares` asks
  // for it, else 0.
  double (*moveRows)(View<const float> x, std::span<const Move> moves, const double* reference,
                     bool squares, double* sums);
  double (*moveRows64)(View<const double> x, std::span<const Move> moves, const double* reference,
                       bool squares, double* sums);

  // The transpose of x (rows <= lanes, D) in the frame; absent points are 0. Columns of pairs from
  // D on are 0.
  void (*fill)(View<const float> x, const Frame& frame, std::size_t pairs, const Block& block);
  void (*fill64)(View<const double> x, const Frame& frame, std::size_t pairs, const Block& block);
  // The same in integers: for each point a unit of its own, its length / mostUnits.
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
