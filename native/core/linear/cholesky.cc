#include "cholesky.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../platform/threads.h"
#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr std::size_t block = 32;  // rows of a task, columns of a panel
constexpr std::size_t chunk =
    1024;  // values of a row at a time, so that a block of rows stays in cache

std::size_t blocks(std::size_t n) { return (n + block - 1) / block; }

}  // namespace

void shiftedGram(View<const double> v, double shift, View<double> k, unsigned threads,
                 const StopFlag* stop) {
  parallelFor(blocks(v.rows), v.size() > 10000 ? threads : 1, [&](std::size_t t) {
    const std::size_t first = t * block, end = std::min(v.rows, first + block);
    for (std::size_t i = first; i < end; ++i) std::fill_n(k.row(i), i + 1, 0.0);
    for (std::size_t from = 0; from < v.columns; from += chunk) {
      if (stop && stop->isSet()) return;
      const std::size_t length = std::min(chunk, v.columns - from);
      for (std::size_t j = 0; j < end; ++j)
        for (std::size_t i = std::max(first, j); i < end; ++i)
          k(i, j) += dot(v.row(i) + from, v.row(j) + from, length);
    }
    for (std::size_t i = first; i < end; ++i) k(i, i) += shift;
  });
}

// Right-looking: factorises a panel, then updates all columns to the right of it.
bool factorize(View<double> a, unsigned threads, const StopFlag* stop) {
  const std::size_t m = a.rows;
  // A pivot below this fraction of its diagonal element is rounding error.
  const double rounding = static_cast<double>(m) * std::numeric_limits<double>::epsilon();
  std::vector<double> diagonal(m);
  for (std::size_t i = 0; i < m; ++i) diagonal[i] = a(i, i);
  for (std::size_t first = 0; first < m && !(stop && stop->isSet()); first += block) {
    const std::size_t end = std::min(m, first + block);
    const auto eliminate = [&](std::size_t i, std::size_t j) {
      return a(i, j) - dot(a.row(i) + first, a.row(j) + first, j - first);
    };
    for (std::size_t i = first; i < end; ++i) {
      for (std::size_t j = first; j < i; ++j) a(i, j) = eliminate(i, j) / a(j, j);
      const double pivot = eliminate(i, i);
      if (!(pivot > rounding * diagonal[i])) return false;
      a(i, i) = std::sqrt(pivot);
    }
    const std::size_t below = m - end;
    const unsigned workers = below > 2 * block ? threads : 1;
    parallelFor(blocks(below), workers, [&](std::size_t t) {
      const std::size_t last = std::min(m, end + (t + 1) * block);
      for (std::size_t i = end + t * block; i < last; ++i)
        for (std::size_t j = first; j < end; ++j) a(i, j) = eliminate(i, j) / a(j, j);
    });
    parallelFor(blocks(below), workers, [&](std::size_t t) {
      const std::size_t last = std::min(m, end + (t + 1) * block);
      for (std::size_t j = end; j < last; ++j)
        for (std::size_t i = std::max(j, end + t * block); i < last; ++i)
          a(i, j) -= dot(a.row(i) + first, a.row(j) + first, end - first);
    });
  }
  return true;
}

void solveFactorized(View<const double> l, double* b) {
  for (std::size_t i = 0; i < l.rows; ++i) b[i] = (b[i] - dot(l.row(i), b, i)) / l(i, i);
  for (std::size_t i = l.rows; i-- > 0;) {
    b[i] /= l(i, i);
    addScaled(-b[i], l.row(i), b, i);
  }
}

}  // namespace deeptype::linear
