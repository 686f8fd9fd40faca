#pragma once
// The inner loops of K-means, compiled once per instruction set.
#include "../matrix.h"
#include "../simd/simd.h"

namespace deeptype::kmeans_kernel {

// Points in a block; they lie side by side, feature under feature.
constexpr std::size_t lanes = 64;

// What the score of a point may be off by: fixed + norm * perNorm + residual * perResidual.
struct Margin {
  float fixed, perNorm, perResidual;
};

// For each point of a block: where the highest score was, the score at which another cluster may
// be the nearest as well, and whether there is such a cluster.
struct Best {
  alignas(64) float limit[lanes];
  alignas(64) std::int32_t label[lanes], doubtful[lanes];
};

// Where `fill` puts a block: one of the two copies is null.
struct Block {
  float* singles;        // (D, lanes)
  std::uint32_t* pairs;  // (D / 2, lanes): bfloat16 of an even column below, of the next above
  float* norms;          // (lanes): Euclidean
  float* residuals;      // (lanes): length of what rounding to bfloat16 took away
};

struct Kernels {
  // scores (K, lanes) = centroids (K, D) block (D, lanes)
  void (*multiply)(const float* block, std::size_t dims, const float* centroids,
                   std::size_t clusters, float* scores);

  // Highest of scores (K, lanes) - halfSquares (K); ties go to the lower row. Whether any point is
  // doubtful: `apart` is what the difference of two scores may be off by.
  bool (*nearest)(const float* scores, const float* halfSquares, std::size_t clusters,
                  const float* norms, const float* residuals, Margin apart, Best& best);

  // closer (lanes) = min(closest, norm^2 - 2 (score - halfSquare)), and its sum. `doubtful` where
  // that distance is new and within `noise` times what the score may be off by.
  bool (*shrink)(const float* closest, const float* norms, const float* residuals,
                 const float* scores, float halfSquare, Margin margin, float noise, float* closer,
                 std::int32_t* doubtful, double* sum);

  // |x - c|^2
  double (*squaredDistance)(const float* x, const double* c, std::size_t dims);
  double (*squaredDistance64)(const double* x, const double* c, std::size_t dims);

  // Sum over the rows of |x - c_k|^2, with k the label of the row.
  double (*sumDistances)(View<const float> x, const std::int32_t* labels, const double* centroids);
  double (*sumDistances64)(View<const double> x, const std::int32_t* labels,
                           const double* centroids);

  // to += x - reference, from -= the same; `from` may be null.
  void (*moveRow)(const float* x, const double* reference, std::size_t dims, double* from,
                  double* to);
  void (*moveRow64)(const double* x, const double* reference, std::size_t dims, double* from,
                    double* to);

  // The transpose of (x - reference) scale, x (rows <= lanes, D); absent points are 0. Columns of
  // pairs from D on are 0.
  void (*fill)(View<const float> x, const double* reference, double scale, std::size_t pairs,
               const Block& block);
  void (*fill64)(View<const double> x, const double* reference, double scale, std::size_t pairs,
                 const Block& block);

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
  void move(const float* x, const double* reference, std::size_t dims, double* from,
            double* to) const {
    moveRow(x, reference, dims, from, to);
  }
  void move(const double* x, const double* reference, std::size_t dims, double* from,
            double* to) const {
    moveRow64(x, reference, dims, from, to);
  }
  void fillBlock(View<const float> x, const double* reference, double scale, std::size_t pairs,
                 const Block& block) const {
    fill(x, reference, scale, pairs, block);
  }
  void fillBlock(View<const double> x, const double* reference, double scale, std::size_t pairs,
                 const Block& block) const {
    fill64(x, reference, scale, pairs, block);
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
