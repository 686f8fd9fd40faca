#include "scaler.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "../../platform/simd/denormals.h"
#include "../../platform/simd/simd.h"
#include "../../platform/stop.h"
#include "../../platform/threads.h"

namespace deeptype {
namespace {

// A remainder up to this fraction of the deviation changes a float32 value by less than its
// rounding.
constexpr double kNegligible = 0x1p-32;
// Squares below this have lost precision to underflow.
constexpr double kSmallSquare = 1e-280;
// The inverse of a deviation below this may overflow; kRescale avoids that.
constexpr double kSmallDeviation = 0x1p-1000, kRescale = 0x1p200;

// The deviation of column j, computed relative to its largest difference from the mean to avoid
// underflow of the squares.
template <class T>
double scaledDeviation(View<const T> x, std::size_t j, double mean, double remainder,
                       double largest) {
  double squares = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    const double u = ((x(i, j) - mean) - remainder) / largest;
    squares += u * u;
  }
  const double deviation = std::sqrt(squares / static_cast<double>(x.rows)) * largest;
  return std::max(deviation, std::numeric_limits<double>::denorm_min());
}

constexpr std::size_t kRowsAtOnce = 1024;  // between two polls of the stop flag

// Moments of the columns [from, end).
template <class T>
void momentsOf(View<const T> x, std::size_t from, std::size_t end, ColumnMoments& moments) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  const auto n = static_cast<double>(x.rows);
  double* const mean = moments.mean.data();
  double* const remainder = moments.remainder.data();
  double* const deviation = moments.deviation.data();
  std::vector<double> differences(end - from, 0.0);
  double* const largest = differences.data() - from;
  // Offsets from the first row: exactly 0 in a constant column, small where the offset is large.
  for (std::size_t i = 1; i < x.rows; ++i) {
    if (i % kRowsAtOnce == 0) checkStop();
    for (std::size_t j = from; j < end; ++j) mean[j] += static_cast<double>(x(i, j)) - x(0, j);
  }
  for (std::size_t j = from; j < end; ++j) mean[j] = x(0, j) + mean[j] / n;
  // Second pass: the mean that rounding left, and the squares about it (corrected two-pass formula,
  // Chan, Golub & LeVeque 1983).
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % kRowsAtOnce == 0) checkStop();
    for (std::size_t j = from; j < end; ++j) {
      const double d = x(i, j) - mean[j];
      remainder[j] += d;
      deviation[j] += d * d / n;
      largest[j] = std::max(largest[j], std::abs(d));
    }
  }
  for (std::size_t j = from; j < end; ++j) {
    const double rest = remainder[j] / n, variance = deviation[j] - rest * rest;
    deviation[j] = variance < kSmallSquare && largest[j] > 0
                       ? scaledDeviation(x, j, mean[j], rest, largest[j])
                       : std::sqrt(variance);
    remainder[j] = std::abs(rest) > kNegligible * deviation[j] ? rest : 0;
  }
}

}  // namespace

template <class T>
ColumnMoments columnMoments(View<const T> x, unsigned threads) {
  constexpr std::size_t columns = 512;  // of a task
  const std::vector<double> zeros(x.columns, 0.0);
  ColumnMoments moments{zeros, zeros, zeros};
  parallelFor((x.columns + columns - 1) / columns, threads, [&](std::size_t task) {
    momentsOf(x, task * columns, std::min((task + 1) * columns, x.columns), moments);
  });
  return moments;
}

Standardizer::Standardizer(const ColumnMoments& moments) : columns_(moments.mean.size()) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  constexpr std::size_t narrow = 128, rows = 16;
  rowsTogether_ = columns_ < narrow ? rows : 1;
  const auto isSmall = [](double s) { return s > 0 && s < kSmallDeviation; };
  const auto isSet = [](double r) { return r != 0; };
  const bool needsMore = std::ranges::any_of(moments.remainder, isSet) ||
                         std::ranges::any_of(moments.deviation, isSmall);
  for (std::size_t i = 0; i < rowsTogether_; ++i) {
    for (std::size_t j = 0; j < columns_; ++j) {
      const double deviation = moments.deviation[j], rescale = isSmall(deviation) ? kRescale : 1;
      mean_.push_back(moments.mean[j]);
      inverse_.push_back(deviation == 0 ? 0 : 1 / (deviation * rescale));
      if (!needsMore) continue;
      remainder_.push_back(moments.remainder[j]);
      factor_.push_back(rescale);
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
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  const double* const mean = mean_.data();
  const double* const inverse = inverse_.data();
  // Null for most tables; columns that need neither get the same bits with them.
  const double* const remainder = remainder_.empty() ? nullptr : remainder_.data();
  const double* const factor = factor_.data();
  const std::size_t rows = x.contiguous() && out.contiguous() ? rowsTogether_ : 1;
  std::uint32_t notFinite = 0;
  simd::dispatch([&]() DEEPTYPE_LAMBDA {
    constexpr std::uint32_t exponent = 0x7F800000;  // all ones where a number is not finite
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < x.rows; i += rows) {
      const T* const from = x.row(i);
      float* const to = out.row(i);
      const std::size_t n = (x.rows - i < rows ? x.rows - i : rows) * x.columns;
      if (!remainder)
        for (std::size_t j = 0; j < n; ++j)
          to[j] = static_cast<float>((static_cast<double>(from[j]) - mean[j]) * inverse[j]);
      else
        for (std::size_t j = 0; j < n; ++j)
          to[j] = static_cast<float>(((static_cast<double>(from[j]) - mean[j]) - remainder[j]) *
                                     inverse[j] * factor[j]);
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
