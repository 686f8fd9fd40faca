#include "distance.h"

// One line a variant; each is defined in the file of its name.
#define DEEPTYPE_DISTANCES(X) \
  X(squaredEuclidean)         \
  X(euclidean)

namespace deeptype {
namespace distances {
#define DEEPTYPE_DECLARE(variant) extern const Distance variant;
DEEPTYPE_DISTANCES(DEEPTYPE_DECLARE)
#undef DEEPTYPE_DECLARE
}  // namespace distances

const Distance* findDistance(std::string_view name) {
#define DEEPTYPE_MATCH(variant) \
  if (name == distances::variant.name) return &distances::variant;
  DEEPTYPE_DISTANCES(DEEPTYPE_MATCH)
#undef DEEPTYPE_MATCH
  return nullptr;
}

}  // namespace deeptype
