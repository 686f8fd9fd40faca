#pragma once
// What the closed forms do to each number of a vector.
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>

#include "../platform/simd/simd.h"

namespace deeptype {

// v_i = f(v_i); f is an always_inline lambda
template <class T, class F>
void mapElements(std::span<T> v, F f) {
  simd::dispatch([values = v.data(), n = v.size(), f]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < n; ++i) values[i] = f(values[i]);
  });
}

// x as T, rounded towards zero: what lies in a ball still does.
template <class T>
DEEPTYPE_INLINE T towardsZero(double x) {
  if constexpr (std::is_same_v<T, double>) {
    return x;
  } else {
    const auto rounded = static_cast<float>(x);
    const double size = x < 0 ? -x : x;
    const double got = rounded < 0 ? -static_cast<double>(rounded) : static_cast<double>(rounded);
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) - (got > size ? 1u : 0u));
  }
}

// x bounded to [-bound, bound]; NaN passes through.
template <class T>
DEEPTYPE_INLINE T clamped(T x, T bound) {
  return x > bound ? bound : (x < -bound ? -bound : x);
}

}  // namespace deeptype
