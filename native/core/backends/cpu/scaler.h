#pragma once
// Column means and standard deviations in float64, and standardised float32 values. Both read the
// table with subnormal numbers as they are, whatever the mode of the calling thread.
#include <vector>

#include "../../math/matrix.h"

namespace deeptype {

struct ColumnMoments {
  std::vector<double> mean;
  // mean + remainder is the mean of the column where float64 is too coarse to hold it: 0 unless it
  // shows in a standardised float32 value.
  std::vector<double> remainder;
  std::vector<double> deviation;  // population; 0 where all values are equal, and only there
};

// Two passes, T is float or double; the same bits for any number of threads. A deviation whose
// square is beyond float64 is infinite.
template <class T>
ColumnMoments columnMoments(View<const T> x, unsigned threads = 1);

// ((x - mean) - remainder) / deviation, in float64 before rounding to float32; a constant column
// becomes 0.
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
  // Empty where no column needs them: the remainders, and the powers of two by which 1 / deviation
  // is larger than `inverse_`, because it is beyond float64.
  std::vector<double> remainder_;
  std::vector<double> factor_;
};

}  // namespace deeptype
