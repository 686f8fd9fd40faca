#pragma once
// Tables whose largest value is so small that its square, or the number itself, is subnormal: times
// a power of two, which changes no digit, they are in the middle of the range.
#include <algorithm>
#include <cmath>
#include <limits>

#include "../platform/simd/denormals.h"
#include "matrix.h"

namespace deeptype {

// Where no value of a table reaches this, it is lifted. Of the others even the first value tells.
template <class T>
constexpr double kLiftBelow = std::is_same_v<T, float> ? 0x1p-100 : 0x1p-450;

// Of the table itself, or of one that belongs to a table of type T.
template <class T, class U>
bool isTiny(View<const U> x) {
  constexpr U least = static_cast<U>(kLiftBelow<T>);
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j)
      if (std::abs(x(i, j)) >= least) return false;
  return true;
}

// The power of two that brings a largest value to 1, or as near as float64 allows; 1 for 0.
inline double liftOf(double largest) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  constexpr int most = 1000;
  return largest > 0 ? std::ldexp(1.0, std::min(most, -std::ilogb(largest))) : 1;
}

template <class T>
double largestOf(View<const T> x) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  double largest = 0;
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j)
      largest = std::max(largest, std::abs(static_cast<double>(x(i, j))));
  return largest;
}

// factor x (N,D), contiguous in `storage`.
template <class T>
View<const T> lifted(View<const T> x, double factor, Buffer<T>& storage) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  storage.resize(x.size());
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j)
      storage[i * x.columns + j] = static_cast<T>(x(i, j) * factor);
  return std::as_const(storage).view(x.rows, x.columns);
}

}  // namespace deeptype
