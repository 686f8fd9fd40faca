// |h - c|^2 (Chen et al. 2020, eq. 3); gradient 2 (h - c).
#include "difference.h"

namespace deeptype::distances {
namespace {

double evaluate(ConstMatrixView h, ConstMatrixView centroids, const std::int32_t* labels,
                float scale, MatrixView gradient) {
  return sumOverRows(
      h, centroids, labels, scale, gradient, [](double square) DEEPTYPE_LAMBDA { return square; },
      [](double) DEEPTYPE_LAMBDA { return 2.0; });
}

}  // namespace

extern constinit const Distance squaredEuclidean{"squared-euclidean", evaluate};

}  // namespace deeptype::distances
