#pragma once
// The points of a chunk that change their cluster, and the resulting change of the cluster sums.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "../../../platform/stop.h"
#include "points.h"

namespace deeptype::kmeans_detail {

// Changes of the sums (K,D) of x - reference and of the counts (K). Where `touched` (K) is 0 the
// cluster did not change, and its sums and count are unspecified.
struct ClusterChange {
  double* sums;
  std::int64_t* counts;
  std::uint8_t* touched;
};

class Reassignments {
 public:
  // Empties the list and reserves room for `most`.
  void clear(std::size_t most) {
    if (all_.size() < most) all_.resize(most);
    count_ = 0;
  }
  std::size_t size() const { return count_; }

  // Row `row` moves from cluster `from`, -1 if none, to `to`.
  void add(std::size_t row, std::int32_t from, std::int32_t to) {
    all_[count_++] = {static_cast<std::uint32_t>(row), from, to};
  }

  // Returns the sum of the squared distances of the rows from the reference if `squares`, else 0.
  template <class T>
  double apply(View<const T> x, const double* reference, bool squares, std::size_t clusters,
               const ClusterChange& change) const {
    const std::span<const kmeans_kernel::Move> moves{all_.data(), count_};
    std::fill_n(change.touched, clusters, std::uint8_t{0});
    for (const auto& [row, from, to] : moves) {
      count(to, 1, x.columns, change);
      if (from >= 0) count(from, -1, x.columns, change);
    }
    return kmeans_kernel::kernels().move(x, moves, reference, squares, change.sums);
  }

 private:
  static void count(std::int32_t cluster, std::int64_t increment, std::size_t dims,
                    const ClusterChange& change) {
    const auto k = static_cast<std::size_t>(cluster);
    if (!change.touched[k]) {
      checkStop();
      change.touched[k] = 1;
      change.counts[k] = 0;
      std::fill_n(change.sums + k * dims, dims, 0.0);
    }
    change.counts[k] += increment;
  }

  std::vector<kmeans_kernel::Move> all_;
  std::size_t count_ = 0;
};

}  // namespace deeptype::kmeans_detail
