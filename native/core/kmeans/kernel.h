#pragma once
// The inner loops of K-means, compiled once per instruction set.
#include "../matrix.h"
#include "../simd/simd.h"

namespace deeptype::kmeans_kernel {

constexpr std::size_t lanes =
    128;  // points in a block; they lie side by side, feature under feature

// For each point of a block: the highest score, the runner-up, and where the highest was.
struct Best {
  alignas(64) float score[lanes], second[lanes];
  alignas(64) std::int32_t label[lanes];
};

struct Kernels {
  // score = products (K, lanes) - halfSquares (K); ties go to the lower row.
  void (*argmax)(const float* products, const float* halfSquares, std::size_t clusters, Best& best);

  // |x - c|^2
  double (*squaredDistance)(const float* x, const double* c, std::size_t dims);
  double (*squaredDistance64)(const double* x, const double* c, std::size_t dims);

  // With k the label of each row x: sums (K,D) += x - c_k; returns the sum of |x - c_k|^2.
  double (*addDifferences)(View<const float> x, const std::int32_t* labels, const double* centroids,
                           double* sums);
  double (*addDifferences64)(View<const double> x, const std::int32_t* labels,
                             const double* centroids, double* sums);

  // closer (lanes) = min(closest, norm^2 - 2 (product - halfSquare)).
  void (*shrink)(const float* closest, const float* norms, const float* products, float halfSquare,
                 float* closer);

  // block (D, lanes) = transpose of (x - mean) scale, x (rows <= lanes, D); absent points are 0.
  // norms (lanes): Euclidean.
  void (*fill)(View<const float> x, const double* mean, double scale, float* block, float* norms);
  void (*fill64)(View<const double> x, const double* mean, double scale, float* block,
                 float* norms);

  double distance(const float* x, const double* c, std::size_t dims) const {
    return squaredDistance(x, c, dims);
  }
  double distance(const double* x, const double* c, std::size_t dims) const {
    return squaredDistance64(x, c, dims);
  }
  double add(View<const float> x, const std::int32_t* labels, const double* centroids,
             double* sums) const {
    return addDifferences(x, labels, centroids, sums);
  }
  double add(View<const double> x, const std::int32_t* labels, const double* centroids,
             double* sums) const {
    return addDifferences64(x, labels, centroids, sums);
  }
  void fillBlock(View<const float> x, const double* mean, double scale, float* block,
                 float* norms) const {
    fill(x, mean, scale, block, norms);
  }
  void fillBlock(View<const double> x, const double* mean, double scale, float* block,
                 float* norms) const {
    fill64(x, mean, scale, block, norms);
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
