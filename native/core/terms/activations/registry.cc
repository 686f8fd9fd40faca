#include "registry.h"

namespace deeptype {

const Activation* findActivation(std::string_view name) {
#define DEEPTYPE_MATCH(variant) \
  if (name == activations::variant.name) return &activations::variant;
  DEEPTYPE_ACTIVATIONS(DEEPTYPE_MATCH)
#undef DEEPTYPE_MATCH
  return nullptr;
}

}  // namespace deeptype
