#pragma once
// Rescaling by a power of two, which is exact, for tables whose values or squares are subnormal.
#include <algorithm>
#include <cmath>
#include <limits>

#include "../platform/simd/denormals.h"
#include "matrix.h"

namespace deeptype {

// A table is rescaled where every |value| is below this bound.
template <class T>
constexpr double kRescaleBelow = std::is_same_v<T, float> ? 0x1p-100 : 0x1p-450;

// Whether x needs rescaling, by the bound of type T. Usually decided by the first value.
template <class T, class U>
bool isTiny(View<const U> x) {
  constexpr U least = static_cast<U>(kRescaleBelow<T>);
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j)
      if (std::abs(x(i, j)) >= least) return false;
  return true;
}

// The power of two, at most 2^1000, that brings `largest` into [1, 2); 1 for 0.
inline double rescaleFactor(double largest) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  constexpr int most = 1000;
  return largest > 0 ? std::ldexp(1.0, std::min(most, -std::ilogb(largest))) : 1;
}

// The largest |value| of all tables together. In one scope: the maximum of two subnormal numbers is
// 0 where they are flushed.
template <class... T>
double largestAbsolute(View<const T>... tables) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  double largest = 0;
  const auto scan = [&largest](auto x) {
    for (std::size_t i = 0; i < x.rows; ++i)
      for (std::size_t j = 0; j < x.columns; ++j)
        largest = std::max(largest, std::abs(static_cast<double>(x(i, j))));
  };
  (scan(tables), ...);
  return simd::computed(largest);
}

// factor x (N,D), contiguous in `storage`.
template <class T>
View<const T> rescaled(View<const T> x, double factor, Buffer<T>& storage) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  storage.resize(x.size());
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j)
      storage[i * x.columns + j] = static_cast<T>(x(i, j) * factor);
  return std::as_const(storage).view(x.rows, x.columns);
}

}  // namespace deeptype
