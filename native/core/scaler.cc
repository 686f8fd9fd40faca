#include "scaler.h"

#include <algorithm>
#include <cmath>

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

Standardizer::Standardizer(const ColumnMoments& moments)
    : mean_(moments.mean), inverse_(moments.deviation) {
  for (double& value : inverse_) value = value == 0 ? 0 : 1 / value;
}

template <class T>
bool Standardizer::apply(View<const T> x, MatrixView out) const {
  const double* const mean = mean_.data();
  const double* const inverse = inverse_.data();
  float notFinite = 0;  // a sum of y - y: 0 for finite y, NaN otherwise
  simd::dispatch([&]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < x.rows; ++i) {
      const T* const from = x.row(i);
      float* const to = out.row(i);
      for (std::size_t j = 0; j < x.columns; ++j) {
        to[j] = static_cast<float>((static_cast<double>(from[j]) - mean[j]) * inverse[j]);
      }
      for (std::size_t j = 0; j < x.columns; ++j) notFinite += to[j] - to[j];
    }
  });
  return notFinite == 0;
}

template ColumnMoments columnMoments(View<const float>);
template ColumnMoments columnMoments(View<const double>);
template bool Standardizer::apply(View<const float>, MatrixView) const;
template bool Standardizer::apply(View<const double>, MatrixView) const;

}  // namespace deeptype
