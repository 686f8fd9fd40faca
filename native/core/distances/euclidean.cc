// |h - c| (the unsquared distance of torch-deeptype); gradient (h - c) / |h - c|, 0 at h = c.
#include <cmath>

#include "distance.h"

namespace deeptype::distances {
namespace {

double evaluate(const float* h, const float* c, std::size_t n, float scale, float* gradient) {
  double squared = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double difference = static_cast<double>(h[i]) - c[i];
    squared += difference * difference;
  }
  const double distance = std::sqrt(squared);
  if (distance == 0) return 0;
  const auto factor = static_cast<float>(scale / distance);
  for (std::size_t i = 0; i < n; ++i) gradient[i] += factor * (h[i] - c[i]);
  return distance;
}

}  // namespace

extern constinit const Distance euclidean{"euclidean", evaluate};

}  // namespace deeptype::distances
