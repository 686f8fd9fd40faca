#include "norms.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../platform/simd/lanes.h"
#include "sum_of_squares.h"

namespace deeptype {
namespace {

using simd::Doubles;

template <class T>
double absoluteSum(std::span<const T> v) {
  double sum = 0;
  simd::dispatch([&sum, values = v.data(), n = v.size()]() DEEPTYPE_LAMBDA {
    Doubles sums = {};
    simd::forLanes(values, n, 0, [&](const Doubles& x) DEEPTYPE_LAMBDA { sums += x < 0 ? -x : x; });
    sum = simd::total(sums);
  });
  return sum;
}

template <class T>
double sumOfSquares(std::span<const T> v) {
  double sum = 0;
  simd::dispatch([&sum, values = v.data(), n = v.size()]() DEEPTYPE_LAMBDA {
    constexpr std::size_t run = 2 * simd::kLanes;
    Doubles even = {}, odd = {};  // two accumulators hide the latency of the addition
    std::size_t i = 0;
    for (; i + run <= n; i += run) {
      Doubles x, y;
      simd::load(values + i, x);
      simd::load(values + i + simd::kLanes, y);
      even += x * x;
      odd += y * y;
    }
    simd::forLanes(values + i, n - i, 0, [&](const Doubles& x) DEEPTYPE_LAMBDA { even += x * x; });
    sum = simd::total(even + odd);
  });
  return sum;
}

template <class T>
double largestAbsolute(std::span<const T> v) {
  double largest = 0;
  simd::dispatch([&largest, values = v.data(), n = v.size()]() DEEPTYPE_LAMBDA {
    Doubles all = {};
    simd::forLanes(values, n, 0, [&](const Doubles& x) DEEPTYPE_LAMBDA {
      const Doubles size = x < 0 ? -x : x;
      all = size > all ? size : all;
    });
    for (std::size_t k = 0; k < simd::kLanes; ++k) largest = all[k] > largest ? all[k] : largest;
  });
  return largest;
}

}  // namespace

double l1Norm(std::span<const float> v) { return absoluteSum(v); }
double l1Norm(std::span<const double> v) { return absoluteSum(v); }

double squaredNorm(std::span<const float> v) { return sumOfSquares(v); }
double l2Norm(std::span<const float> v) { return std::sqrt(squaredNorm(v)); }

double l2Norm(std::span<const double> v) {
  constexpr double least = 1e-290;  // smaller sums may have underflowed
  const double sum = sumOfSquares(v);
  if (sum >= least && sum <= std::numeric_limits<double>::max()) return std::sqrt(sum);
  const double scale = lInfinityNorm(v);
  if (scale == 0 || !std::isfinite(scale)) return std::sqrt(sum);
  double squares = 0;
  for (const double x : v) squares += (x / scale) * (x / scale);
  return scale * std::sqrt(squares);
}

double lInfinityNorm(std::span<const float> v) { return largestAbsolute(v); }
double lInfinityNorm(std::span<const double> v) { return largestAbsolute(v); }

#ifdef DEEPTYPE_X86
DEEPTYPE_TARGET_AVX512 static void squaredNormsAvx512(ConstMatrixView m, double* out) {
  for (std::size_t i = 0; i < m.rows; ++i) {
    const float* const row = m.row(i);
    SumOfSquares sum;
    simd::forVectors(m.columns,
                     [&](std::size_t j, __mmask16 mask) DEEPTYPE_TARGET_AVX512 DEEPTYPE_LAMBDA {
                       sum.add(_mm512_maskz_loadu_ps(mask, row + j));
                     });
    out[i] = sum.total(m.rowSpan(i));
  }
}
#endif

void squaredNorms(ConstMatrixView m, std::span<double> out) {
#ifdef DEEPTYPE_X86
  if (simd::level() == simd::Level::avx512) return squaredNormsAvx512(m, out.data());
#endif
  for (std::size_t i = 0; i < m.rows; ++i) out[i] = sumOfSquares(m.rowSpan(i));
}

}  // namespace deeptype
