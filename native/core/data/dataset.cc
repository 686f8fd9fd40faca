#include "dataset.h"

namespace deeptype {

Targets rowRange(const Targets& targets, std::size_t begin, std::size_t count) {
  Targets part;
  part.graph = targets.graph;
  if (!targets.rows.empty()) part.rows = targets.rows.subspan(begin, count);
  if (!targets.classes.empty()) part.classes = targets.classes.subspan(begin, count);
  if (targets.values.data) part.values = targets.values.rowRange(begin, count);
  if (!targets.weights.empty()) part.weights = targets.weights.subspan(begin, count);
  return part;
}

}  // namespace deeptype
