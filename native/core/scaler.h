#pragma once
// Column means and standard deviations in float64, and standardised float32 values.
#include <vector>

#include "matrix.h"

namespace deeptype {

struct ColumnMoments {
  std::vector<double> mean;
  std::vector<double> deviation;  // population; 0 where a column is constant
};

// Two passes, T is float or double.
template <class T>
ColumnMoments columnMoments(View<const T> x);

// out (N,D) = (x - mean) / deviation, in float64 before rounding; a constant column becomes 0.
template <class T>
void standardize(View<const T> x, const ColumnMoments& moments, MatrixView out);

}  // namespace deeptype
