#pragma once
// K-means (Lloyd) with k-means++ seeding (Arthur & Vassilvitskii 2007). Labels are those of
// float64 distances: scores from a centred copy in float32 or 16 bits, with error bounds, exclude
// most centroids, and the data decide among the rest. Neither a common offset nor outliers of any
// size affect the precision.
#include <cstdint>
#include <vector>

#include "../../../math/matrix.h"
#include "kernels16.h"

namespace deeptype {

enum class KMeansInit { plusPlus, random, given };

struct KMeansOptions {
  std::size_t clusters = 0;
  KMeansInit init = KMeansInit::plusPlus;
  View<const double> start;  // (K,D) when init == given
  unsigned restarts = 1;     // the lowest inertia is kept; 1 when init == given
  unsigned maxIterations = 300;
  // On the squared shift of the centroids, relative to the mean variance of the columns without
  // outlying rows.
  double tolerance = 1e-4;
  std::uint64_t seed = 0;
  unsigned threads = 1;
  // The rules of the package ml-kmeans: an emptied cluster keeps its centroid, otherwise it takes
  // the farthest point; the tolerance is on the squared shift itself; in uneven tables sums run
  // over the rows in order, without an origin.
  bool mlKMeansRules = false;
  bool recordInertias = false;  // may need a pass over the data in each iteration
  // Affects the time and the draws of the seeding, but no label from a given start.
  kmeans_kernel::ScorePrecision scorePrecision = kmeans_kernel::ScorePrecision::fastest;
};

struct KMeansResult {
  std::vector<std::int32_t> labels;  // (N)
  std::vector<double> centroids;     // (K,D), in the coordinates of the data
  double inertia = 0;                // sum of squared distances to the nearest centroid
  unsigned iterations = 0;
  bool converged = false;
  bool settled = false;  // the centroids are the means of the labels, up to rounding
  // The final inertia; if recorded, preceded by that of each iteration of the best run after which
  // the centroids moved. Never rises.
  std::vector<double> inertias;
};

// T is float or double. 1 <= clusters <= x.rows. Ties go to the lower index.
template <class T>
KMeansResult kmeans(View<const T> x, const KMeansOptions& options);

// labels[i] = nearest row of `centroids` (K,D) to row i of x; returns the inertia.
template <class T>
double assignNearest(View<const T> x, View<const double> centroids, std::int32_t* labels,
                     unsigned threads);

}  // namespace deeptype
