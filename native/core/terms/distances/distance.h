#pragma once
// Distances between a sample's representation and the centroid of its cluster; centroids are
// constants in the gradient. One variant a file; registry.h lists them.
#include <cstdint>
#include <string_view>

#include "../../math/matrix.h"

namespace deeptype {

// A variant applied to matrices in host memory.
struct Distance {
  const char* name;
  // The sum over rows of the distance of h_i (B,R) to the centroid (K,R) of its label;
  // gradient (B,R) = scale * d sum / d h.
  double (*evaluate)(ConstMatrixView h, ConstMatrixView centroids, const std::int32_t* labels,
                     float scale, MatrixView gradient);
};

// nullptr when there is none of that name.
const Distance* findDistance(std::string_view name);

}  // namespace deeptype
