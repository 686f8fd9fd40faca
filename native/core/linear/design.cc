#include "design.h"

#include <algorithm>
#include <cmath>

#include "../platform/simd/denormals.h"
#include "vectors.h"

namespace deeptype::linear {

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double x : values) sum += x - values[0];
  return values[0] + sum / static_cast<double>(values.size());
}

namespace {

// Subtracts the remaining mean, left by rounding, where it affects the sum of squares.
void recentre(std::span<double> column) {
  constexpr double negligible = 1e-9;  // of the root mean square
  const double rest = mean(column), n = static_cast<double>(column.size());
  const double square = dot(column.data(), column.data(), column.size()) / n;
  if (!(std::abs(rest) > negligible * std::sqrt(square))) return;
  for (double& v : column) v -= rest;
}

}  // namespace

template <class T>
Design::Design(View<const T> x, bool isCentred)
    : values(x.size()),
      means(x.columns, 0.0),
      squaredNorms(x.columns),
      rows(x.rows),
      centred(isCentred) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);
  constexpr std::size_t block = 64;  // rows at a time, so that each cache line of x is read once
  for (std::size_t first = 0; first < rows; first += block) {
    const std::size_t end = std::min(rows, first + block);
    for (std::size_t j = 0; j < x.columns; ++j)
      for (std::size_t i = first; i < end; ++i) values[j * rows + i] = x(i, j);
  }
  for (std::size_t j = 0; j < x.columns; ++j) {
    const std::span<double> column = values.span().subspan(j * rows, rows);
    if (centred) {
      means[j] = mean(column);
      for (double& v : column) v -= means[j];
      recentre(column);
    }
    squaredNorms[j] = dot(column.data(), column.data(), rows);
  }
}

template Design::Design(View<const float>, bool);
template Design::Design(View<const double>, bool);

Target::Target(std::span<const double> y, bool centred)
    : values(y.begin(), y.end()), mean(centred ? linear::mean(y) : 0) {
  for (double& v : values) v -= mean;
  squaredNorm = dot(values.data(), values.data(), values.size());
}

bool allFinite(const Design& x, std::span<const Target> targets) {
  bool all = true;
  for (const double square : x.squaredNorms) all = all && std::isfinite(square);
  for (const Target& y : targets) all = all && std::isfinite(y.squaredNorm);
  return all;
}

double interceptOf(const Design& x, const Target& y, std::span<const double> w) {
  return y.mean - dot(x.means.data(), w.data(), w.size());
}

}  // namespace deeptype::linear
