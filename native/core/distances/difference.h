#pragma once
// What the distances are made of: differences to centroids, for use inside simd::dispatch.
#include "../simd/lanes.h"
#include "distance.h"

namespace deeptype::distances {

// |h - c|_2^2, summed in float64
DEEPTYPE_INLINE double squaredDifference(const float* h, const float* c, std::size_t n) {
  simd::Doubles sums = {};
  std::size_t i = 0;
  for (; i + simd::kLanes <= n; i += simd::kLanes) {
    simd::Doubles x, y;
    simd::load(h + i, x);
    simd::load(c + i, y);
    sums += (x - y) * (x - y);
  }
  double sum = simd::total(sums);
  for (; i < n; ++i) {
    const double difference = static_cast<double>(h[i]) - c[i];
    sum += difference * difference;
  }
  return sum;
}

// The sum over rows of distance(|h_i - c|_2^2), where c is the centroid of the row's label;
// gradient_i = scale * slope(distance) * (h_i - c).
template <class Value, class Slope>
double sumOverRows(ConstMatrixView h, ConstMatrixView centroids, const std::int32_t* labels,
                   float scale, MatrixView gradient, Value distance, Slope slope) {
  double sum = 0;
  simd::dispatch([=, &sum]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < h.rows; ++i) {
      const float* const x = h.row(i);
      const float* const c = centroids.row(static_cast<std::size_t>(labels[i]));
      float* const g = gradient.row(i);
      const double d = distance(squaredDifference(x, c, h.columns));
      const auto factor = static_cast<float>(scale * slope(d));
      for (std::size_t r = 0; r < h.columns; ++r) g[r] = factor * (x[r] - c[r]);
      sum += d;
    }
  });
  return sum;
}

}  // namespace deeptype::distances
