#pragma once
// The inner loops of K-means, compiled once per instruction set.
#include "../matrix.h"
#include "../simd/simd.h"

namespace deeptype::kmeans_kernel {

constexpr std::size_t lanes = 128;  // points in a block; they lie side by side, feature under feature

// For each point of a block: the highest score, the runner-up, and where the highest was.
struct Best {
  alignas(64) float score[lanes], second[lanes];
  alignas(64) std::int32_t label[lanes];
};

struct Kernels {
  // scores (K, lanes); ties go to the lower row.
  void (*argmax)(const float* scores, std::size_t clusters, Best& best);

  // |x - c|^2, and the same while sum (D) += x - c.
  double (*squaredDistance)(const float* x, const double* c, std::size_t dims);
  double (*squaredDistance64)(const double* x, const double* c, std::size_t dims);
  double (*addDifference)(const float* x, const double* c, double* sum, std::size_t dims);
  double (*addDifference64)(const double* x, const double* c, double* sum, std::size_t dims);

  // closer (lanes) = min(closest, norm^2 - 2 score).
  void (*shrink)(const float* closest, const float* norms, const float* scores, float* closer);

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
  double add(const float* x, const double* c, double* sum, std::size_t dims) const {
    return addDifference(x, c, sum, dims);
  }
  double add(const double* x, const double* c, double* sum, std::size_t dims) const {
    return addDifference64(x, c, sum, dims);
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
