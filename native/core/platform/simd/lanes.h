#pragma once
// Passes over values eight at a time in float64. For use inside simd::dispatch.
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "simd.h"

namespace deeptype::simd {

constexpr std::size_t kLanes = 8;
typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef double Doubles __attribute__((vector_size(8 * kLanes)));
typedef long long Masks __attribute__((vector_size(8 * kLanes)));  // of a comparison: 0 or -1

template <class T>
DEEPTYPE_INLINE void load(const T* from, Doubles& x) {
  if constexpr (std::is_same_v<T, float>) {
    Floats narrow;
    std::memcpy(&narrow, from, sizeof narrow);
    x = __builtin_convertvector(narrow, Doubles);
  } else {
    std::memcpy(&x, from, sizeof x);
  }
}

// body(x) for every eight values; the last vector is padded with `neutral`.
template <class T, class Body>
DEEPTYPE_INLINE void forLanes(const T* v, std::size_t n, double neutral, Body body) {
  Doubles x;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    load(v + i, x);
    body(x);
  }
  if (i == n) return;
  T rest[kLanes];
  for (std::size_t k = 0; k < kLanes; ++k) rest[k] = i + k < n ? v[i + k] : static_cast<T>(neutral);
  load(rest, x);
  body(x);
}

DEEPTYPE_INLINE double total(const Doubles& x) {
  return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}

}  // namespace deeptype::simd
