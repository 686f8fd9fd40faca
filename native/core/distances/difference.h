#pragma once
// What the distances are made of.
#include "../simd/lanes.h"

namespace deeptype::distances {

// |h - c|_2^2, summed in float64
inline double squaredDifference(const float* h, const float* c, std::size_t n) {
  double sum = 0;
  simd::dispatch([&sum, h, c, n]() DEEPTYPE_LAMBDA {
    simd::Doubles sums = {};
    std::size_t i = 0;
    for (; i + simd::kLanes <= n; i += simd::kLanes) {
      simd::Doubles x, y;
      simd::load(h + i, x);
      simd::load(c + i, y);
      sums += (x - y) * (x - y);
    }
    sum = simd::total(sums);
    for (; i < n; ++i) {
      const double difference = static_cast<double>(h[i]) - c[i];
      sum += difference * difference;
    }
  });
  return sum;
}

// gradient += factor * (h - c)
inline void addDifference(const float* h, const float* c, std::size_t n, float factor,
                          float* gradient) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) gradient[i] += factor * (h[i] - c[i]);
  });
}

}  // namespace deeptype::distances
