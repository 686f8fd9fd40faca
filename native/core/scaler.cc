#include "scaler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "simd/simd.h"

namespace deeptype {
namespace {

// A spread below this share of the column's size is rounding, not variation.
template <class T>
constexpr double kConstant = std::is_same_v<T, float> ? 1e-7 : 1e-14;

}  // namespace

template <class T>
ColumnMoments columnMoments(View<const T> x) {
  const auto n = static_cast<double>(x.rows);
  ColumnMoments moments{std::vector<double>(x.columns, 0.0), std::vector<double>(x.columns, 0.0)};
  std::vector<double> largest(x.columns, 0.0);
  // Offsets from the first row: exactly 0 in a constant column, small where the offset is large.
  for (std::size_t i = 1; i < x.rows; ++i) {
    for (std::size_t j = 0; j < x.columns; ++j) {
      moments.mean[j] += static_cast<double>(x(i, j)) - x(0, j);
    }
  }
  for (std::size_t j = 0; j < x.columns; ++j) moments.mean[j] = x(0, j) + moments.mean[j] / n;
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t j = 0; j < x.columns; ++j) {
      const double d = x(i, j) - moments.mean[j];
      moments.deviation[j] += d * d / n;
      largest[j] = std::max(largest[j], std::abs(static_cast<double>(x(i, j))));
    }
  }
  for (std::size_t j = 0; j < x.columns; ++j) {
    double& deviation = moments.deviation[j];
    deviation = std::sqrt(deviation);
    if (deviation <= kConstant<T> * largest[j]) deviation = 0;
  }
  return moments;
}

Standardizer::Standardizer(const ColumnMoments& moments) : columns_(moments.mean.size()) {
  constexpr std::size_t narrow = 128, rows = 16;
  together_ = columns_ < narrow ? rows : 1;
  for (std::size_t i = 0; i < together_; ++i) {
    for (std::size_t j = 0; j < columns_; ++j) {
      mean_.push_back(moments.mean[j]);
      inverse_.push_back(moments.deviation[j] == 0 ? 0 : 1 / moments.deviation[j]);
    }
  }
}

template <class T>
bool Standardizer::apply(View<const T> x, MatrixView out) const {
  const double* const mean = mean_.data();
  const double* const inverse = inverse_.data();
  const std::size_t rows = x.contiguous() && out.contiguous() ? together_ : 1;
  std::uint32_t notFinite = 0;
  simd::dispatch([&]() DEEPTYPE_LAMBDA {
    constexpr std::uint32_t exponent = 0x7F800000;  // all ones where a number is not finite
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < x.rows; i += rows) {
      const T* const from = x.row(i);
      float* const to = out.row(i);
      const std::size_t n = (x.rows - i < rows ? x.rows - i : rows) * x.columns;
      for (std::size_t j = 0; j < n; ++j)
        to[j] = static_cast<float>((static_cast<double>(from[j]) - mean[j]) * inverse[j]);
      for (std::size_t j = 0; j < n; ++j)
        found |= (std::bit_cast<std::uint32_t>(to[j]) & exponent) == exponent;
    }
    notFinite = found;
  });
  return notFinite == 0;
}

template ColumnMoments columnMoments(View<const float>);
template ColumnMoments columnMoments(View<const double>);
template bool Standardizer::apply(View<const float>, MatrixView) const;
template bool Standardizer::apply(View<const double>, MatrixView) const;

}  // namespace deeptype
