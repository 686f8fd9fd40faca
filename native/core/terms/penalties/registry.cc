#include "penalty.h"

// One line a variant: its name in options and the function in the file of that name.
#define DEEPTYPE_PENALTIES(X)  \
  X("group-lasso", groupLasso) \
  X("l1", l1)                  \
  X("l2", l2)                  \
  X("elastic-net", elasticNet) \
  X("l-infinity", lInfinity)   \
  X("hierarchical", hierarchical)

namespace deeptype {
namespace penalties {
#define DEEPTYPE_DECLARE(name, variant) \
  std::unique_ptr<Penalty> variant(const PenaltyOptions& options);
DEEPTYPE_PENALTIES(DEEPTYPE_DECLARE)
#undef DEEPTYPE_DECLARE
}  // namespace penalties

std::unique_ptr<Penalty> makePenalty(std::string_view wanted, const PenaltyOptions& options) {
#define DEEPTYPE_MATCH(name, variant) \
  if (wanted == name) return penalties::variant(options);
  DEEPTYPE_PENALTIES(DEEPTYPE_MATCH)
#undef DEEPTYPE_MATCH
  return nullptr;
}

}  // namespace deeptype
