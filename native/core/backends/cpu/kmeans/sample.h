#pragma once
// Robust estimates of the centre, the spread and the resolution of a table from evenly spaced rows.
// A few values of any size, such as fill values, do not affect them.
#include <vector>

#include "../../../math/matrix.h"

namespace deeptype::kmeans_detail {

struct Sample {
  std::vector<double> centre;  // (D): the mean, or the median of columns with outliers
  double spread = 0;           // typical distance of a row from the centre
  // Typical difference of adjacent sorted values of a column; 0 where no column varies.
  double step = 0;
};

template <class T>
Sample sampleOf(View<const T> x);

// The lower median of the nonzero values; 0 if there are none. Reorders the values.
double medianOfNonZero(std::vector<double>& values);

}  // namespace deeptype::kmeans_detail
