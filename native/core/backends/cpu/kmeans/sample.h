#pragma once
// What a few rows, evenly spread, say of a table: where its middle is and how finely its values
// differ. A few values may be of any size (a fill value left in): they move none of it.
#include <vector>

#include "../../../math/matrix.h"

namespace deeptype::kmeans_detail {

struct Sample {
  std::vector<double> centre;  // (D): the mean, or the middle value where a few pull that away
  double spread = 0;           // typical distance of a row from there
  // A typical step from one value of a column to the next; 0 where no column varies.
  double step = 0;
};

template <class T>
Sample sampleOf(View<const T> x);

// The lower median of those that are not 0; 0 where all are. Reorders the values.
double medianOfNonZero(std::vector<double>& values);

}  // namespace deeptype::kmeans_detail
