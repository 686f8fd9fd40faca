#pragma once
// Column means and standard deviations in float64, and standardised float32 values.
#include <vector>

#include "matrix.h"

namespace deeptype {

struct ColumnMoments {
  std::vector<double> mean;
  std::vector<double> deviation;  // population; 0 where a column is constant
};

// Two passes, T is float or double; the same bits for any number of threads.
template <class T>
ColumnMoments columnMoments(View<const T> x, unsigned threads = 1);

// (x - mean) / deviation, in float64 before rounding to float32; a constant column becomes 0.
class Standardizer {
 public:
  explicit Standardizer(const ColumnMoments& moments);
  std::size_t columns() const { return columns_; }
  // out (N,D) = standardised x (N,D); whether all of it is finite.
  template <class T>
  bool apply(View<const T> x, MatrixView out, unsigned threads = 1) const;

 private:
  template <class T>
  bool applyRows(View<const T> x, MatrixView out) const;

  std::size_t columns_;
  // Of the columns of as many rows as are worked on together, so that loops are long.
  std::size_t together_;
  std::vector<double> mean_;
  std::vector<double> inverse_;  // 1 / deviation, 0 for a constant column
};

}  // namespace deeptype
