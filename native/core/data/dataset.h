#pragma once
// A table and its targets, as views on memory that the caller keeps alive.
#include <cstdint>

#include "../math/matrix.h"
#include "../terms/losses/loss.h"

namespace deeptype {

struct Dataset {
  ConstMatrixView x;  // (N,D)
  Targets targets;
};

Targets rowRange(const Targets& targets, std::size_t begin, std::size_t count);

// Clusters of N samples: sample i belongs to row labels[i] of the centroids.
struct Clusters {
  ConstMatrixView centroids;             // (K,R)
  std::span<const std::int32_t> labels;  // (N)
};

}  // namespace deeptype
