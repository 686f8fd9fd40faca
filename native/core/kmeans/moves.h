#pragma once
// The points of a chunk that change their cluster, and what that adds to the sums of the clusters.
#include <cstdint>
#include <span>
#include <vector>

#include "points.h"

namespace deeptype::kmeans_detail {

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

  // sums (K,D): of the rows that joined a cluster less those that left it, of x - reference; counts
  // (K) likewise. A cluster that neither gained nor lost a row keeps what `sums` holds; its
  // `touched` is 0. Returns the sum of the squared distances of all from the reference where
  // `squares` asks.
  template <class T>
  double apply(View<const T> x, const double* reference, bool squares, std::size_t clusters,
               double* sums, std::int64_t* counts, std::uint8_t* touched) {
    sort(joined_, clusters, [](const Move& move) { return move.to; });
    sort(left_, clusters, [](const Move& move) { return move.from; });
    double total = 0;
    for (std::size_t k = 0; k < clusters; ++k) {
      const auto in = joined_.of(k), out = left_.of(k);
      counts[k] = static_cast<std::int64_t>(in.size()) - static_cast<std::int64_t>(out.size());
      touched[k] = !in.empty() || !out.empty();
      if (!touched[k]) continue;
      total += kmeans_kernel::kernels().sumOf(x, in, out, reference, squares, sums + k * x.columns);
    }
    return total;
  }

 private:
  struct Move {
    std::uint32_t row;
    std::int32_t from, to;
  };
  // Rows by cluster, in their order.
  struct ByCluster {
    std::vector<std::uint32_t> rows, ends;  // ends (K)
    std::span<const std::uint32_t> of(std::size_t k) const {
      const std::uint32_t begin = k == 0 ? 0 : ends[k - 1];
      return {rows.data() + begin, ends[k] - begin};
    }
  };

  template <class ClusterOf>
  void sort(ByCluster& sorted, std::size_t clusters, ClusterOf clusterOf) const {
    std::vector<std::uint32_t>& ends = sorted.ends;
    ends.assign(clusters + 1, 0);  // first: where a cluster begins, one further on
    const std::span<const Move> moves{all_.data(), count_};
    for (const Move& move : moves)
      if (clusterOf(move) >= 0) ++ends[static_cast<std::size_t>(clusterOf(move)) + 1];
    for (std::size_t k = 0; k < clusters; ++k) ends[k + 1] += ends[k];
    sorted.rows.assign(ends[clusters] + kmeans_kernel::rowsAhead, 0);
    for (const Move& move : moves)
      if (clusterOf(move) >= 0)
        sorted.rows[ends[static_cast<std::size_t>(clusterOf(move))]++] = move.row;
  }

  std::vector<Move> all_;
  std::size_t count_ = 0;
  ByCluster joined_, left_;
};

}  // namespace deeptype::kmeans_detail
