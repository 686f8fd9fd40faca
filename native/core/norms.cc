#include "norms.h"

#include <cmath>

#include "simd/simd.h"

namespace deeptype {

double l2Norm(std::span<const float> v) {
  constexpr std::size_t kLanes = 16;
  double lanes[kLanes] = {};
  simd::dispatch([&]() DEEPTYPE_LAMBDA {
    std::size_t i = 0;
    for (; i + kLanes <= v.size(); i += kLanes) {
      for (std::size_t l = 0; l < kLanes; ++l) {
        lanes[l] += static_cast<double>(v[i + l]) * v[i + l];
      }
    }
    for (; i < v.size(); ++i) lanes[0] += static_cast<double>(v[i]) * v[i];
  });
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return std::sqrt(sum);
}

}  // namespace deeptype
