#pragma once
// Scores of centroids against the copy of the data; float64 decides the doubtful points.
#include "points.h"

namespace deeptype::kmeans_detail {

using kmeans_kernel::Best;
using kmeans_kernel::Frame;
using kmeans_kernel::Margin;

// Centroids in the coordinates of the copy, packed for the product with blocks:
// score = x.c - |c|^2 / 2 is largest where the distance is smallest.
class PackedCentroids {
 public:
  // Which centroids to score: all, or without outliers, which would cost the others their
  // precision. Outliers can be nearest only to points of large norm, and those are always doubtful.
  enum class Which { all, near };

  // from (K,D)
  template <class T>
  void set(View<const double> from, const Points<T>& points, Which which) {
    set(from, points.frame(), points.kernels16, points.pairs, which);
  }
  void set(View<const double> from, const Frame& frame, const Kernels16* kernels16,
           std::size_t pairs, Which which);

  // Scores of a block: (K, lanes), rounded up to whole tiles.
  void multiply(const Block& block, Buffer<float>& scores) const;
  // The nearest centroids of its first `count` points by these scores.
  void nearest(const Buffer<float>& scores, const Block& block, std::size_t count,
               Best& best) const;

  const float* halfSquares() const { return halfSquares_.data(); }
  // Error bound of one score.
  const Margin& margin() const { return margin_; }

 private:
  // The squared norm from which a centroid is an outlier; sets maxNorm_.
  double findOutliers();
  Margin marginOf(double largest, double largestResidual) const;
  Margin pairMarginOf() const;
  // Position of a column in the 16-bit copy: word of a point and first bit.
  struct Place {
    std::size_t word, shift;
  };
  Place placeOf(std::size_t column) const;
  // A value rounded for the 16-bit copy, and its bits.
  struct Rounded {
    double value;
    std::uint32_t bits;
  };
  Rounded rounded(float value) const;
  double packValues16();

  std::size_t clusters_ = 0, dims_ = 0, pairs_ = 0;
  const Kernels16* kernels16_ = nullptr;
  Buffer<float> values_;            // (K,D)
  Buffer<std::uint32_t> values16_;  // (K rounded up, pairs)
  std::vector<double> squares_;     // (K): squared norms
  Buffer<double> rounded_,
      roundingErrors_;              // (K,D): values after rounding, and the errors
  Buffer<float> halfSquares_;       // (K)
  double largest_ = 0;              // norm of a centroid
  double maxNorm_ = 0;              // points beyond may be nearest to an outlier
  double unit_ = 0, perUnit_ = 0;   // of int16 values
  Margin margin_{}, pairMargin_{};  // of one score, and of the difference of two
};

// The centroid nearest to x in float64; ties go to the lower index.
struct Nearest {
  std::size_t cluster;
  double squaredDistance;
};
template <class T>
Nearest nearestExactly(const T* x, View<const double> centroids);

// |x - c|^2 in float64, summed in the order of the columns, without fused multiply-add.
template <class T>
double plainDistance(const T* x, const double* c, std::size_t dims);

// Finds the nearest centroids of the doubtful rows of a block in float64, by plain distances if
// `plain`. Returns the number of doubtful rows.
template <class T>
std::size_t resolveDoubtful(View<const T> rows, const Buffer<float>& scores,
                            const PackedCentroids& packed, View<const double> centroids, bool plain,
                            Best& best);

}  // namespace deeptype::kmeans_detail
