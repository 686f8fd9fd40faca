#include "updated_cholesky.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vectors.h"

namespace deeptype::linear {

bool UpdatedCholesky::append(const double* cross, double square) {
  const std::size_t k = size_;
  solvedCross_.assign(cross, cross + k);
  double* z = solvedCross_.data();
  for (std::size_t i = 0; i < k; ++i) {
    z[i] /= row(i)[i];
    addScaled(-z[i], row(i) + i + 1, z + i + 1, k - i - 1);
  }
  const double pivot = square - dot(z, z, k);
  // A pivot below this fraction of the square is rounding error.
  const double rounding = 8 * static_cast<double>(k + 1) * std::numeric_limits<double>::epsilon();
  if (!(pivot > rounding * square)) return false;
  reserve(k + 1);
  for (std::size_t i = 0; i < k; ++i) row(i)[k] = z[i];
  row(k)[k] = std::sqrt(pivot);
  ++size_;
  return true;
}

std::vector<double> UpdatedCholesky::dependence() const {
  std::vector<double> c = solvedCross_;
  solveUpper(c.data());
  return c;
}

// R without the column is upper Hessenberg; Givens rotations make it triangular again.
void UpdatedCholesky::remove(std::size_t position) {
  const std::size_t k = size_ - 1;
  for (std::size_t i = 0; i <= k; ++i) {
    double* r = row(i);
    const std::size_t first = std::max(i, position + 1);
    std::copy(r + first, r + k + 1, r + first - 1);
  }
  for (std::size_t i = position; i < k; ++i) {
    double* upper = row(i);
    double* lower = row(i + 1);
    const double length = std::sqrt(upper[i] * upper[i] + lower[i] * lower[i]);
    const double c = upper[i] / length, s = lower[i] / length;
    upper[i] = length;
    for (std::size_t j = i + 1; j < k; ++j) {
      const double u = upper[j], l = lower[j];
      upper[j] = c * u + s * l;
      lower[j] = c * l - s * u;
    }
  }
  --size_;
}

void UpdatedCholesky::solve(double* b) const {
  for (std::size_t i = 0; i < size_; ++i) {
    b[i] /= row(i)[i];
    addScaled(-b[i], row(i) + i + 1, b + i + 1, size_ - i - 1);
  }
  solveUpper(b);
}

void UpdatedCholesky::solveUpper(double* b) const {
  for (std::size_t i = size_; i-- > 0;)
    b[i] = (b[i] - dot(row(i) + i + 1, b + i + 1, size_ - i - 1)) / row(i)[i];
}

void UpdatedCholesky::reserve(std::size_t size) {
  if (size <= capacity_) return;
  const std::size_t capacity = std::max<std::size_t>(32, 2 * size);
  Buffer<double> larger(capacity * capacity);
  for (std::size_t i = 0; i < size_; ++i)
    std::copy(row(i) + i, row(i) + size_, larger.data() + i * capacity + i);
  r_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace deeptype::linear
