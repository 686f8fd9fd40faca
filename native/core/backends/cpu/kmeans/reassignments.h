#pragma once
// The points of a chunk that change their cluster, and what that adds to the sums of the clusters.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "../../../platform/stop.h"
#include "points.h"

namespace deeptype::kmeans_detail {

// What moves add, a cluster after another: sums (K,D) of x - reference and counts (K). Where a
// cluster neither gained nor lost a row `touched` (K) is 0, and the others hold anything.
struct Gains {
  double* sums;
  std::int64_t* counts;
  std::uint8_t* touched;
};

class Moves {
 public:
  // None yet, and room for `most`.
  void clear(std::size_t most) {
    if (all_.size() < most) all_.resize(most);
    count_ = 0;
  }
  std::size_t size() const { return count_; }

  // Row `row` leaves cluster `from`, if that is not negative, for `to`.
  void add(std::size_t row, std::int32_t from, std::int32_t to) {
    all_[count_++] = {static_cast<std::uint32_t>(row), from, to};
  }

  // Returns the sum of the squared distances of all rows from the reference where `squares` asks.
  template <class T>
  double apply(View<const T> x, const double* reference, bool squares, std::size_t clusters,
               const Gains& gains) const {
    const std::span<const kmeans_kernel::Move> moves{all_.data(), count_};
    std::fill_n(gains.touched, clusters, std::uint8_t{0});
    for (const auto& [row, from, to] : moves) {
      count(to, 1, x.columns, gains);
      if (from >= 0) count(from, -1, x.columns, gains);
    }
    return kmeans_kernel::kernels().move(x, moves, reference, squares, gains.sums);
  }

 private:
  static void count(std::int32_t cluster, std::int64_t change, std::size_t dims,
                    const Gains& gains) {
    const auto k = static_cast<std::size_t>(cluster);
    if (!gains.touched[k]) {
      checkStop();
      gains.touched[k] = 1;
      gains.counts[k] = 0;
      std::fill_n(gains.sums + k * dims, dims, 0.0);
    }
    gains.counts[k] += change;
  }

  std::vector<kmeans_kernel::Move> all_;
  std::size_t count_ = 0;
};

}  // namespace deeptype::kmeans_detail
