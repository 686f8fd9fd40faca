#pragma once
// The Cholesky factor of a Gram matrix; adding or removing a column costs O(k^2).
#include <vector>

#include "../math/matrix.h"

namespace deeptype::linear {

class UpdatedCholesky {
 public:
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }

  // Appends a column x with products `cross` (k) with the others and square x'x. Returns false, and
  // adds nothing, where x depends on them within rounding.
  bool append(const double* cross, double square);
  // c with x = sum_i c_i x_i, for the column that `append` refused last.
  std::vector<double> dependence() const;
  void remove(std::size_t position);
  // R'R x = b in place of b (k).
  void solve(double* b) const;

 private:
  double* row(std::size_t i) { return r_.data() + i * capacity_; }
  const double* row(std::size_t i) const { return r_.data() + i * capacity_; }
  void reserve(std::size_t size);
  void solveUpper(double* b) const;

  std::size_t size_ = 0, capacity_ = 0;
  Buffer<double> r_;                 // upper triangle R, row by row
  std::vector<double> solvedCross_;  // R'^-1 cross of the last column
};

}  // namespace deeptype::linear
