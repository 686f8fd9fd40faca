#include "backends/cpu/silhouette.h"

#include <limits>

#include "check.h"
#include "math/random.h"

using namespace deeptype;

namespace {

struct Case {
  std::size_t n, d, clusters;
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  View<const float> view() const { return {x.data(), n, d}; }
};

Case make(std::size_t n, std::size_t d, std::size_t clusters) {
  Random random(n + d, clusters);
  Case made{n, d, clusters, std::vector<float>(n * d), std::vector<std::int32_t>(n)};
  for (float& value : made.x) value = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < n; ++i)
    made.labels[i] = static_cast<std::int32_t>(i < clusters ? i : random.below(clusters));
  return made;
}

// By the definition.
double reference(const Case& c, std::size_t i) {
  std::vector<double> sums(c.clusters, 0.0), sizes(c.clusters, 0.0);
  for (std::size_t k = 0; k < c.n; ++k) {
    double squares = 0;
    for (std::size_t j = 0; j < c.d; ++j)
      squares += (double{c.x[i * c.d + j]} - c.x[k * c.d + j]) *
                 (double{c.x[i * c.d + j]} - c.x[k * c.d + j]);
    sums[static_cast<std::size_t>(c.labels[k])] += std::sqrt(squares);
    ++sizes[static_cast<std::size_t>(c.labels[k])];
  }
  const auto own = static_cast<std::size_t>(c.labels[i]);
  if (sizes[own] == 1) return 0;
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < c.clusters; ++k)
    if (k != own && sizes[k] > 0) nearest = std::min(nearest, sums[k] / sizes[k]);
  const double within = sums[own] / (sizes[own] - 1), larger = std::max(within, nearest);
  return larger > 0 ? (nearest - within) / larger : 0;
}

}  // namespace

TEST(silhouettes_follow_the_definition) {
  for (const std::size_t n : {3, 16, 33, 257})
    for (const std::size_t d : {1, 2, 17, 64})
      for (const std::size_t clusters : {2, 3, 30}) {
        if (clusters >= n) continue;
        const Case c = make(n, d, clusters);
        const auto all = silhouettes(c.view(), c.labels.data(), clusters, {}, 1);
        CHECK(all.size() == n);
        for (std::size_t i = 0; i < n; ++i) CHECK(std::abs(all[i] - reference(c, i)) < 1e-13);
      }
}

TEST(silhouettes_of_some_rows_and_with_threads_are_the_same_bits) {
  const Case c = make(700, 9, 7);
  const std::vector<double> wide(c.x.begin(), c.x.end());
  const auto all = silhouettes(c.view(), c.labels.data(), 7, {}, 1);
  CHECK(silhouettes(View<const double>(wide.data(), 700, 9), c.labels.data(), 7, {}, 1) == all);
  for (const unsigned threads : {2u, 3u})
    CHECK(silhouettes(c.view(), c.labels.data(), 7, {}, threads) == all);
  const std::vector<std::int32_t> rows{699, 0, 5, 5, 123};
  const auto some = silhouettes(c.view(), c.labels.data(), 7, rows, 2);
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(some[i] == all[static_cast<std::size_t>(rows[i])]);
}

TEST(silhouettes_skip_clusters_without_rows) {
  Case c = make(50, 3, 4);
  const auto four = silhouettes(c.view(), c.labels.data(), 4, {}, 1);
  for (auto& label : c.labels) label *= 2;
  CHECK(silhouettes(c.view(), c.labels.data(), 9, {}, 1) == four);
}
