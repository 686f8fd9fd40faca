#include "loss.h"

// One line a variant: its name in options and the maker in the file of that name.
#define DEEPTYPE_LOSSES(X)         \
  X("cross-entropy", crossEntropy) \
  X("bce", binaryCrossEntropy)     \
  X("mse", meanSquaredError)       \
  X("mae", meanAbsoluteError)      \
  X("huber", huber)                \
  X("cox", cox)                    \
  X("knowledge-graph", knowledgeGraph)

namespace deeptype {
namespace losses {
#define DEEPTYPE_DECLARE(name, variant) std::shared_ptr<Loss> variant(const LossOptions& options);
DEEPTYPE_LOSSES(DEEPTYPE_DECLARE)
#undef DEEPTYPE_DECLARE
}  // namespace losses

std::shared_ptr<Loss> makeLoss(std::string_view wanted, const LossOptions& options) {
#define DEEPTYPE_MATCH(name, variant) \
  if (wanted == name) return losses::variant(options);
  DEEPTYPE_LOSSES(DEEPTYPE_MATCH)
#undef DEEPTYPE_MATCH
  return nullptr;
}

}  // namespace deeptype
