#pragma once
// Cluster means from the rows: an outlier affects no cluster but its own.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "../../../math/matrix.h"
#include "../../../platform/stop.h"

namespace deeptype::kmeans_detail {

// The origin of the sums. About the first row of a cluster they are exact where all its rows are
// equal, and a common offset costs no precision; about zero they are those of a plain loop.
enum class Origin { zero, firstRow };

// means (K,D): the mean of each nonempty cluster, in float64, summed in the order of the rows.
// Other rows of `means` are unchanged.
template <class T>
void computeMeans(View<const T> x, const std::int32_t* labels, Origin about, View<double> means) {
  const std::size_t d = x.columns;
  std::vector<double> origins(means.size(), 0.0), sums(means.size(), 0.0), counts(means.rows, 0.0);
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % 64 == 0) checkStop();
    const auto k = static_cast<std::size_t>(labels[i]);
    const T* row = x.row(i);
    if (about == Origin::firstRow && counts[k] == 0)
      std::copy_n(row, d, origins.begin() + static_cast<std::ptrdiff_t>(k * d));
    for (std::size_t j = 0; j < d; ++j) sums[k * d + j] += double{row[j]} - origins[k * d + j];
    ++counts[k];
  }
  for (std::size_t k = 0; k < means.rows; ++k) {
    if (counts[k] == 0) continue;
    for (std::size_t j = 0; j < d; ++j)
      means(k, j) = origins[k * d + j] + sums[k * d + j] / counts[k];
  }
}

}  // namespace deeptype::kmeans_detail
