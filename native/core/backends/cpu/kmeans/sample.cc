#include "sample.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../../../platform/simd/simd.h"
#include "kernel.h"

namespace deeptype::kmeans_detail {
namespace {

// The mean of evenly spaced rows; returns their mean squared distance from the first row.
template <class T>
double meanOf(View<const T> x, std::vector<double>& mean) {
  const auto& kernel = kmeans_kernel::kernels();
  const std::size_t d = x.columns;
  const std::size_t count =
      std::clamp<std::size_t>(x.rows / 64, std::min<std::size_t>(x.rows, 32), 512);
  const std::vector<double> first(x.row(0), x.row(0) + d);
  std::vector<double> sums(d, 0.0);
  std::vector<kmeans_kernel::Move> rows(count);
  for (std::size_t i = 0; i < count; ++i)
    rows[i] = {static_cast<std::uint32_t>(i * (x.rows / count)), -1, 0};
  const double squares = kernel.move(x, rows, first.data(), true, sums.data());
  for (std::size_t j = 0; j < d; ++j) mean[j] = first[j] + sums[j] / static_cast<double>(count);
  return squares / static_cast<double>(count);
}

typedef double Doubles __attribute__((vector_size(64)));

// Values of 8 columns; rows from `count` on are infinite.
constexpr std::size_t most = 16, width = 8;
struct ColumnSample {
  std::size_t count;
  Doubles values[most];
};

// Batcher's odd-even merge sorting network.
struct Network {
  std::size_t size = 0;
  struct Pair {
    std::size_t low, high;
  } pairs[most * most / 2];

  constexpr Network() : pairs{} {
    for (std::size_t p = 1; p < most; p *= 2)
      for (std::size_t k = p; k > 0; k /= 2)
        for (std::size_t j = k % p; j + k < most; j += 2 * k)
          for (std::size_t i = j; i < j + k && i + k < most; ++i)
            if (i / (2 * p) == (i + k) / (2 * p)) pairs[size++] = {i, i + k};
  }
};
constexpr Network network;

// Sorts each column in ascending order.
DEEPTYPE_INLINE void sort(ColumnSample& few) {
#pragma GCC unroll 63
  for (std::size_t at = 0; at < network.size; ++at) {
    Doubles &low = few.values[network.pairs[at].low], &high = few.values[network.pairs[at].high];
    const Doubles a = low, b = high;
    low = a < b ? a : b;
    high = a < b ? b : a;
  }
}

// The 1 / `part` quantile of the nonzero values of a sorted column; 0 where there are fewer than
// `least`.
double quantile(const ColumnSample& few, std::size_t lane, std::size_t part, std::size_t least) {
  std::size_t zeros = 0;
  while (zeros < few.count && few.values[zeros][lane] == 0) ++zeros;
  const std::size_t rest = few.count - zeros;
  return rest < least ? 0 : few.values[zeros + (rest - 1) / part][lane];
}

// The median of the sampled values of a column, the median absolute deviation from it, and the
// lower quartile of the differences of adjacent values; the latter two without zeros.
struct Column {
  double middle, deviation, step;
};

// Columns [j, j + width) of the table, as far as they exist.
template <class T>
void look(View<const T> x, std::size_t j, Column* columns) {
  const std::size_t count = std::min(x.rows, most), wide = std::min(width, x.columns - j);
  const Doubles infinities = Doubles{} + std::numeric_limits<double>::infinity();
  ColumnSample few{count, {}}, apart{count, {}}, steps{count - 1, {}};
  for (std::size_t i = 0; i < count; ++i) {
    const T* row = x.row(i * (x.rows / count)) + j;
    for (std::size_t lane = 0; lane < wide; ++lane) few.values[i][lane] = double{row[lane]};
  }
  std::fill(few.values + count, few.values + most, infinities);
  std::fill(apart.values + count, apart.values + most, infinities);
  std::fill(steps.values + count - 1, steps.values + most, infinities);
  Doubles middle;
  simd::dispatch([&]() DEEPTYPE_LAMBDA {
    sort(few);
    middle = few.values[(count - 1) / 2];
    for (std::size_t i = 0; i < count; ++i) {
      const Doubles difference = few.values[i] - middle;
      apart.values[i] = difference < 0 ? -difference : difference;
    }
    for (std::size_t i = 0; i + 1 < count; ++i) steps.values[i] = few.values[i + 1] - few.values[i];
    sort(apart);
    sort(steps);
  });
  for (std::size_t lane = 0; lane < wide; ++lane)
    columns[j + lane] = {middle[lane], quantile(apart, lane, 2, 3), quantile(steps, lane, 4, 1)};
}

}  // namespace

double medianOfNonZero(std::vector<double>& values) {
  const auto zeros = std::partition(values.begin(), values.end(), [](double x) { return x != 0; });
  if (zeros == values.begin()) return 0;
  const auto middle = values.begin() + (zeros - values.begin() - 1) / 2;
  std::nth_element(values.begin(), middle, zeros);
  return *middle;
}

// The mean is replaced by the median where they differ by more than 16 deviations; where the
// deviation is 0, because most values are equal, by more than 16 spreads of the other columns.
template <class T>
Sample sampleOf(View<const T> x) {
  Sample sample{std::vector<double>(x.columns), 0, 0};
  sample.spread = std::sqrt(meanOf(x, sample.centre));
  std::vector<Column> columns(x.columns);
  for (std::size_t j = 0; j < x.columns; j += width) look(x, j, columns.data());
  double squares = 0;
  for (const Column& column : columns) squares += column.deviation * column.deviation;
  const double length = std::sqrt(squares);
  bool replaced = false;
  std::vector<double> steps(x.columns);
  for (std::size_t j = 0; j < x.columns; ++j) {
    const auto [middle, deviation, step] = columns[j];
    steps[j] = step;
    const double allowed = 16 * (deviation > 0 ? deviation : length);
    if (std::abs(sample.centre[j] - middle) <= allowed) continue;
    sample.centre[j] = middle;
    replaced = true;
  }
  if (replaced && length > 0) sample.spread = length;
  sample.step = medianOfNonZero(steps);
  return sample;
}

template Sample sampleOf(View<const float>);
template Sample sampleOf(View<const double>);

}  // namespace deeptype::kmeans_detail
