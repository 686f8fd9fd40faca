// |h - c| (the unsquared distance of torch-deeptype); gradient (h - c) / |h - c|, 0 at h = c.
#include "difference.h"

namespace deeptype::distances {
namespace {

double evaluate(ConstMatrixView h, ConstMatrixView centroids, const std::int32_t* labels,
                float scale, MatrixView gradient) {
  return sumOverRows(
      h, centroids, labels, scale, gradient,
      [](double square) DEEPTYPE_LAMBDA { return __builtin_sqrt(square); },
      [](double distance) DEEPTYPE_LAMBDA { return distance == 0 ? 0 : 1 / distance; });
}

}  // namespace

extern constinit const Distance euclidean{"euclidean", evaluate};

}  // namespace deeptype::distances
