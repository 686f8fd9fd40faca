#pragma once
// Silhouettes (Rousseeuw 1987) in Euclidean distance and float64.
#include <cstdint>
#include <span>
#include <vector>

#include "../../math/matrix.h"

namespace deeptype {

// For each of `rows`, or for every row of x when there are none: (b - a) / max(a, b), with a the
// mean distance to the other rows of its cluster and b the least mean distance to the rows of
// another; 0 for a row alone in its cluster and for one at distance 0 from both. labels (N) lie in
// 0 .. clusters - 1, of which at least two occur. Needs the memory of a float64 copy of x. The
// bits do not depend on the number of threads.
template <class T>
std::vector<double> silhouettes(View<const T> x, const std::int32_t* labels, std::size_t clusters,
                                std::span<const std::int32_t> rows, unsigned threads);

}  // namespace deeptype
