#pragma once
// Where K-means starts.
#include "../../../math/random.h"
#include "points.h"

namespace deeptype::kmeans_detail {

// Greedy k-means++ (Arthur & Vassilvitskii 2007, several trials a centroid as in scikit-learn):
// indices of `clusters` rows, different ones as long as there are different points.
template <class T>
std::vector<std::size_t> seedPlusPlus(Points<T>& points, std::size_t clusters, Random& random,
                                      unsigned threads);

// `clusters` different rows, each set equally likely.
std::vector<std::size_t> seedRandom(std::size_t rows, std::size_t clusters, Random& random);

}  // namespace deeptype::kmeans_detail
