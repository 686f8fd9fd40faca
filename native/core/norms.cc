#include "norms.h"

#include <cmath>
#include <cstring>

#include "simd/simd.h"

namespace deeptype {
namespace {

typedef float Floats __attribute__((vector_size(32)));
typedef double Doubles __attribute__((vector_size(64)));

}  // namespace

double l2Norm(std::span<const float> v) {
  constexpr std::size_t kLanes = 8, kSums = 2;
  double sum = 0;
  simd::dispatch([&sum, values = v.data(), n = v.size()]() DEEPTYPE_LAMBDA {
    Doubles sums[kSums] = {};
    std::size_t i = 0;
    for (; i + kSums * kLanes <= n; i += kSums * kLanes) {
      for (std::size_t s = 0; s < kSums; ++s) {
        Floats x;
        std::memcpy(&x, values + i + s * kLanes, sizeof x);
        const Doubles wide = __builtin_convertvector(x, Doubles);
        sums[s] += wide * wide;
      }
    }
    const Doubles all = sums[0] + sums[1];
    sum = ((all[0] + all[1]) + (all[2] + all[3])) + ((all[4] + all[5]) + (all[6] + all[7]));
    for (; i < n; ++i) sum += static_cast<double>(values[i]) * values[i];
  });
  return std::sqrt(sum);
}

}  // namespace deeptype
