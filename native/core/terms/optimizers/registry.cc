#include "optimizer.h"

// One line a variant; each is defined in the file of its name.
#define DEEPTYPE_OPTIMIZERS(X) \
  X(adam)                      \
  X(sgd)

namespace deeptype {
namespace optimizers {
#define DEEPTYPE_DECLARE(variant) extern const Optimizer variant;
DEEPTYPE_OPTIMIZERS(DEEPTYPE_DECLARE)
#undef DEEPTYPE_DECLARE
}  // namespace optimizers

const Optimizer* findOptimizer(std::string_view name) {
#define DEEPTYPE_MATCH(variant) \
  if (name == optimizers::variant.name) return &optimizers::variant;
  DEEPTYPE_OPTIMIZERS(DEEPTYPE_MATCH)
#undef DEEPTYPE_MATCH
  return nullptr;
}

}  // namespace deeptype
