#include "pair_graph.h"

#include <algorithm>

namespace deeptype {

PairGraph::PairGraph(std::size_t rows, std::span<const std::int32_t> i,
                     std::span<const std::int32_t> j, std::span<const float> weights)
    : first_(rows + 1, 0), neighbours_(weights.size()) {
  const auto smaller = [&](std::size_t k) {
    return static_cast<std::size_t>(std::min(i[k], j[k]));
  };
  for (std::size_t k = 0; k < weights.size(); ++k) {
    assert(i[k] >= 0 && j[k] >= 0 && i[k] != j[k]);
    assert(static_cast<std::size_t>(std::max(i[k], j[k])) < rows);
    ++first_[smaller(k) + 1];
    totalWeight_ += weights[k];
  }
  for (std::size_t r = 0; r < rows; ++r) first_[r + 1] += first_[r];
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    neighbours_[next[smaller(k)]++] = {static_cast<std::uint32_t>(std::max(i[k], j[k])),
                                       weights[k]};
  }
}

}  // namespace deeptype
