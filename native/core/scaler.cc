#include "scaler.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>

#include "simd/simd.h"
#include "threads.h"

namespace deeptype {
namespace {

// A spread below this share of the column's size is rounding, not variation.
template <class T>
constexpr double kConstant = std::is_same_v<T, float> ? 1e-7 : 1e-14;

// Of the columns from .. end.
template <class T>
void momentsOf(View<const T> x, std::size_t from, std::size_t end, ColumnMoments& moments) {
  const auto n = static_cast<double>(x.rows);
  double* const mean = moments.mean.data();
  double* const deviation = moments.deviation.data();
  std::vector<double> largest(end - from, 0.0);
  // Offsets from the first row: exactly 0 in a constant column, small where the offset is large.
  for (std::size_t i = 1; i < x.rows; ++i)
    for (std::size_t j = from; j < end; ++j) mean[j] += static_cast<double>(x(i, j)) - x(0, j);
  for (std::size_t j = from; j < end; ++j) mean[j] = x(0, j) + mean[j] / n;
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t j = from; j < end; ++j) {
      const double d = x(i, j) - mean[j];
      deviation[j] += d * d / n;
      largest[j - from] = std::max(largest[j - from], std::abs(static_cast<double>(x(i, j))));
    }
  }
  for (std::size_t j = from; j < end; ++j) {
    deviation[j] = std::sqrt(deviation[j]);
    if (deviation[j] <= kConstant<T> * largest[j - from]) deviation[j] = 0;
  }
}

}  // namespace

template <class T>
ColumnMoments columnMoments(View<const T> x, unsigned threads) {
  constexpr std::size_t columns = 512;  // of a task
  ColumnMoments moments{std::vector<double>(x.columns, 0.0), std::vector<double>(x.columns, 0.0)};
  parallelFor((x.columns + columns - 1) / columns, threads, [&](std::size_t task) {
    momentsOf(x, task * columns, std::min((task + 1) * columns, x.columns), moments);
  });
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
bool Standardizer::apply(View<const T> x, MatrixView out, unsigned threads) const {
  constexpr std::size_t rows = 16;  // of a task
  std::atomic<bool> isFinite{true};
  parallelFor((x.rows + rows - 1) / rows, threads, [&](std::size_t task) {
    const std::size_t first = task * rows, count = std::min(rows, x.rows - first);
    if (!applyRows(x.rowRange(first, count), out.rowRange(first, count)))
      isFinite.store(false, std::memory_order_relaxed);
  });
  return isFinite.load();
}

template <class T>
bool Standardizer::applyRows(View<const T> x, MatrixView out) const {
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

template ColumnMoments columnMoments(View<const float>, unsigned);
template ColumnMoments columnMoments(View<const double>, unsigned);
template bool Standardizer::apply(View<const float>, MatrixView, unsigned) const;
template bool Standardizer::apply(View<const double>, MatrixView, unsigned) const;

}  // namespace deeptype
