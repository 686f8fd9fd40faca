#pragma once
#include <span>
#include <vector>

#include "dataset.h"

namespace deeptype {

// The rows of a mini-batch, copied together; X only where they do not lie so in the table. Keeps
// its memory from batch to batch.
class Batch {
 public:
  // These rows of the table, and where `clusters` is not null their clusters. Valid until the next.
  void gather(const Dataset& table, const Clusters* clusters, std::span<const std::uint32_t> rows,
              unsigned threads);
  // Other clusters for the same rows.
  void setClusters(View<const double> centroids, std::span<const std::int32_t> labels);

  const Dataset& data() const { return data_; }
  const Clusters* clusters() const { return clusters_.centroids.data ? &clusters_ : nullptr; }

 private:
  Buffer<float> x_;
  Buffer<float> values_;
  Buffer<float> weights_;
  std::vector<std::int32_t> classes_;
  std::vector<std::int32_t> labels_;
  Buffer<float> centroids_;
  Dataset data_;
  Clusters clusters_;
};

}  // namespace deeptype
