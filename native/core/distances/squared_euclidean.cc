// |h - c|^2 (Chen et al. 2020, eq. 3); gradient 2 (h - c).
#include "distance.h"

namespace deeptype::distances {
namespace {

double evaluate(const float* h, const float* c, std::size_t n, float scale, float* gradient) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const float difference = h[i] - c[i];
    sum += static_cast<double>(difference) * difference;
    gradient[i] += 2 * scale * difference;
  }
  return sum;
}

}  // namespace

extern constinit const Distance squaredEuclidean{"squared-euclidean", evaluate};

}  // namespace deeptype::distances
