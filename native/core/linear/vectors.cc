#include "vectors.h"

#include <cstring>

#include "../platform/simd/simd.h"

namespace deeptype::linear {
namespace {

typedef double Eight __attribute__((vector_size(64)));

DEEPTYPE_INLINE double product(const double* a, const double* b, std::size_t n) {
  constexpr std::size_t lanes = 8, together = 2;
  Eight sums[together] = {};
  std::size_t i = 0;
  for (; i + together * lanes <= n; i += together * lanes) {
    for (std::size_t s = 0; s < together; ++s) {
      Eight x, y;
      std::memcpy(&x, a + i + s * lanes, sizeof x);
      std::memcpy(&y, b + i + s * lanes, sizeof y);
      sums[s] += x * y;
    }
  }
  const Eight all = sums[0] + sums[1];
  double sum = ((all[0] + all[1]) + (all[2] + all[3])) + ((all[4] + all[5]) + (all[6] + all[7]));
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

double dot(const double* a, const double* b, std::size_t n) {
  double sum = 0;
  simd::dispatch([&sum, a, b, n]() DEEPTYPE_LAMBDA { sum = product(a, b, n); });
  return sum;
}

void dots(const double* columns, const std::size_t* set, std::size_t count, const double* b,
          std::size_t n, double* out) {
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t k = 0; k < count; ++k) out[k] = product(columns + set[k] * n, b, n);
  });
}

void addScaled(double s, const double* x, double* y, std::size_t n) {
  simd::dispatch([s, x, y, n]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) y[i] += s * x[i];
  });
}

}  // namespace deeptype::linear
