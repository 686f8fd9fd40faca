#pragma once
// Centroids against the copy of the data: which one is nearest, and where float64 has to decide.
#include "points.h"

namespace deeptype::kmeans_detail {

using kmeans_kernel::Best;
using kmeans_kernel::Frame;
using kmeans_kernel::Margin;

// Some centroids in the coordinates of the copy, ready for the product with blocks:
// score = x.c - |c|^2 / 2 is largest where the distance is smallest.
class Packed {
 public:
  // Which centroids to score: all, or without those so far away that they are nearest only to
  // points out there, of which all is left in doubt. One far away would cost the others their
  // digits.
  enum class Which { all, near };

  // from (K,D)
  template <class T>
  void set(View<const double> from, const Points<T>& points, Which which) {
    set(from, points.frame(), points.half, points.pairs, which);
  }
  void set(View<const double> from, const Frame& frame, const HalfKernels* half, std::size_t pairs,
           Which which);

  // Scores of a block: (K, lanes), rounded up to whole tiles.
  void multiply(const Block& block, Buffer<float>& scores) const;
  // What they say about the nearest centroids of its first `count` points.
  void nearest(const Buffer<float>& scores, const Block& block, std::size_t count,
               Best& best) const;

  const float* halfSquares() const { return halfSquares_.data(); }
  // What one score may be off by.
  const Margin& margin() const { return margin_; }

 private:
  // The squared length from which a centroid is far away; sets the reach.
  double edgeOf();
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
  std::vector<double> squares_;    // (K): lengths
  Buffer<double> near_, lost_;     // (K,D): what the halves hold, and the rest of the values
  Buffer<float> halfSquares_;      // (K)
  double largest_ = 0;             // length of a centroid
  double reach_ = 0;               // of points: longer ones may be nearest to one left out
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

// |x - c|^2 in float64, column after column, each operation rounded on its own.
template <class T>
double plainDistance(const T* x, const double* c, std::size_t dims);

// The nearest centroid of the rows of a block that the scores leave in doubt, as in float64; by
// plain distances where `plain` asks. Returns how many those were.
template <class T>
std::size_t decide(View<const T> rows, const Buffer<float>& scores, const Packed& packed,
                   View<const double> centroids, bool plain, Best& best);

}  // namespace deeptype::kmeans_detail
