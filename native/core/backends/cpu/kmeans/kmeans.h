#pragma once
// K-means (Lloyd) with k-means++ seeding (Arthur & Vassilvitskii 2007). The nearest centroids are
// those of float64: a matrix product of a centred copy in float32 or 16 bits rules out all that
// its rounding allows, the data themselves decide the rest. So a common offset does no harm, and
// neither do a few rows of any size.
#include <cstdint>
#include <vector>

#include "../../../math/matrix.h"
#include "narrow_scores.h"

namespace deeptype {

enum class KMeansInit { plusPlus, random, given };

struct KMeansOptions {
  std::size_t clusters = 0;
  KMeansInit init = KMeansInit::plusPlus;
  View<const double> start;  // (K,D) when init == given
  unsigned restarts = 1;     // best inertia wins; 1 when init == given
  unsigned maxIterations = 300;
  // On the squared shift of the centroids, relative to the mean variance, of which rows far out are
  // left aside.
  double tolerance = 1e-4;
  std::uint64_t seed = 0;
  unsigned threads = 1;
  // The rules of the package ml-kmeans: an emptied cluster stays where it was, else it takes the
  // farthest point; the tolerance is on the squared shift itself; in uneven tables sums run over
  // the rows in order, without an origin.
  bool mlKMeansRules = false;
  bool recordInertias = false;  // may cost a pass over the data an iteration
  // Changes the time and, in the draws of the seeding, the result; no label from a given start.
  kmeans_kernel::FirstLook firstLook = kmeans_kernel::FirstLook::fastest;
};

struct KMeansResult {
  std::vector<std::int32_t> labels;  // (N)
  std::vector<double> centroids;     // (K,D), in the coordinates of the data
  double inertia = 0;                // sum of squared distances to the nearest centroid
  unsigned iterations = 0;
  bool converged = false;
  bool settled = false;  // the centroids are the means of the labels, up to rounding
  // The inertia; when recorded, first that of each iteration of the winning run where the last one
  // moved the centroids after. Never rises.
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
