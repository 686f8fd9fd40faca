#include "scaler.h"

#include <algorithm>
#include <cmath>

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

template <class T>
void standardize(View<const T> x, const ColumnMoments& moments, MatrixView out) {
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t j = 0; j < x.columns; ++j) {
      const double deviation = moments.deviation[j];
      out(i, j) =
          deviation == 0 ? 0.0f : static_cast<float>((x(i, j) - moments.mean[j]) / deviation);
    }
  }
}

template ColumnMoments columnMoments(View<const float>);
template ColumnMoments columnMoments(View<const double>);
template void standardize(View<const float>, const ColumnMoments&, MatrixView);
template void standardize(View<const double>, const ColumnMoments&, MatrixView);

}  // namespace deeptype
