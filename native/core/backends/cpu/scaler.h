#pragma once
// Column means and standard deviations in float64, and standardised float32 values. Both read the
// table with subnormal numbers as they are, whatever the mode of the calling thread.
#include <vector>

#include "../../math/matrix.h"

namespace deeptype {

struct ColumnMoments {
  std::vector<double> mean;
  // mean + remainder is the mean beyond float64 precision; 0 unless the remainder affects a
  // standardised float32 value.
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
  // Rows processed as one vector of rowsTogether_ * columns_ values, so that loops are long; the
  // vectors below repeat their D values as often.
  std::size_t rowsTogether_;
  std::vector<double> mean_;
  std::vector<double> inverse_;  // 1 / deviation, 0 for a constant column
  // Empty where no column needs them: remainders, and powers of two by which `inverse_` must be
  // multiplied where 1 / deviation overflows.
  std::vector<double> remainder_;
  std::vector<double> factor_;
};

}  // namespace deeptype
