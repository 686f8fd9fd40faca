// |h - c|^2 (Chen et al. 2020, eq. 3); gradient 2 (h - c).
#include "difference.h"
#include "distance.h"

namespace deeptype::distances {
namespace {

double evaluate(const float* h, const float* c, std::size_t n, float scale, float* gradient) {
  addDifference(h, c, n, 2 * scale, gradient);
  return squaredDifference(h, c, n);
}

}  // namespace

extern constinit const Distance squaredEuclidean{"squared-euclidean", evaluate};

}  // namespace deeptype::distances
