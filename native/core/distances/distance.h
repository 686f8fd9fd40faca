#pragma once
// Distances between a sample's representation and the centroid of its cluster; centroids are
// constants in the gradient. One variant a file; registry.cc lists them.
#include <cstddef>
#include <string_view>

namespace deeptype {

struct Distance {
  const char* name;
  // Distance of h (R) to c (R); adds scale * d distance / d h to `gradient` (R).
  double (*evaluate)(const float* h, const float* c, std::size_t n, float scale, float* gradient);
};

// nullptr when there is none of that name.
const Distance* findDistance(std::string_view name);

}  // namespace deeptype
