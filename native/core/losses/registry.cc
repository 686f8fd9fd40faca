#include "loss.h"

// One line a variant: its name in options and the function in the file of that name.
#define DEEPTYPE_LOSSES(X)         \
  X("cross-entropy", crossEntropy) \
  X("bce", binaryCrossEntropy)     \
  X("mse", meanSquaredError)       \
  X("mae", meanAbsoluteError)      \
  X("huber", huber)

namespace deeptype {
namespace losses {
#define DEEPTYPE_DECLARE(name, variant) const Loss& variant();
DEEPTYPE_LOSSES(DEEPTYPE_DECLARE)
#undef DEEPTYPE_DECLARE
}  // namespace losses

const Loss* findLoss(std::string_view wanted) {
#define DEEPTYPE_MATCH(name, variant) \
  if (wanted == name) return &losses::variant();
  DEEPTYPE_LOSSES(DEEPTYPE_MATCH)
#undef DEEPTYPE_MATCH
  return nullptr;
}

}  // namespace deeptype
