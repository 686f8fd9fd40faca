#pragma once
// Pairs of rows of a table that are known to belong together, by the first row of each.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace deeptype {

class PairGraph {
 public:
  struct Neighbour {
    std::uint32_t row;  // greater than the first
    float weight;
  };

  // Pair k joins rows i[k] and j[k], two different rows of `rows`.
  PairGraph(std::size_t rows, std::span<const std::int32_t> i, std::span<const std::int32_t> j,
            std::span<const float> weights);

  std::size_t rows() const { return first_.size() - 1; }
  double totalWeight() const { return totalWeight_; }
  std::span<const Neighbour> of(std::size_t row) const {
    return {neighbours_.data() + first_[row], first_[row + 1] - first_[row]};
  }

 private:
  std::vector<std::size_t> first_;  // (rows + 1)
  std::vector<Neighbour> neighbours_;
  double totalWeight_ = 0;
};

}  // namespace deeptype
