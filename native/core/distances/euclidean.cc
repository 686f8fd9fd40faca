// |h - c| (the unsquared distance of torch-deeptype); gradient (h - c) / |h - c|, 0 at h = c.
#include <cmath>

#include "difference.h"
#include "distance.h"

namespace deeptype::distances {
namespace {

double evaluate(const float* h, const float* c, std::size_t n, float scale, float* gradient) {
  const double distance = std::sqrt(squaredDifference(h, c, n));
  if (distance == 0) return 0;
  addDifference(h, c, n, static_cast<float>(scale / distance), gradient);
  return distance;
}

}  // namespace

extern constinit const Distance euclidean{"euclidean", evaluate};

}  // namespace deeptype::distances
