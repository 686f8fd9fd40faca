#pragma once
// Initial centroids of K-means.
#include "../../../math/random.h"
#include "points.h"

namespace deeptype::kmeans_detail {

// Greedy k-means++ (Arthur & Vassilvitskii 2007, several candidates for each centroid as in
// scikit-learn): indices of `clusters` rows, distinct as long as there are distinct points.
template <class T>
std::vector<std::size_t> seedPlusPlus(Points<T>& points, std::size_t clusters, Random& random,
                                      unsigned threads);

// `clusters` distinct rows, every set equally likely.
std::vector<std::size_t> seedRandom(std::size_t rows, std::size_t clusters, Random& random);

}  // namespace deeptype::kmeans_detail
