// K-means with 16-bit scores: labels do not depend on the format of the scores.
#include "kmeans_reference.h"

using namespace deeptype;

TEST(kmeans_score_precision_changes_no_label) {
  using kmeans_kernel::ScorePrecision;
  std::uint64_t seed = 100;
  for (const std::size_t n : {64, 129, 1500})
    for (const std::size_t d : {16, 17, 33, 47, 64, 70})
      for (const std::size_t clusters : {8, 17, 40}) {
        const auto data = blobs(n, d, 12, ++seed, 0.3);
        const auto start = firstRows(data, clusters);
        auto options = given(start, clusters, d);
        options.scorePrecision = ScorePrecision::float32;
        const auto expected = kmeans(data.view(), options);
        checkConsistent(data, expected, clusters);
        for (const ScorePrecision precision :
             {ScorePrecision::fastest, ScorePrecision::int16, ScorePrecision::bf16}) {
          options.scorePrecision = precision;
          const auto result = kmeans(data.view(), options);
          CHECK(result.labels == expected.labels && result.centroids == expected.centroids);
          CHECK(result.inertias == expected.inertias);
        }
      }
}

TEST(kmeans_falls_back_to_float32_where_16_bits_are_too_coarse) {
  // Two distant groups, each with clusters closer than the resolution of 16 bits.
  auto data = blobs(4000, 32, 10, 3, 0.1);
  for (std::size_t i = 0; i < 4000; ++i) data.values[i * 32] += i % 2 ? 4096.f : -4096.f;
  const auto start = firstRows(data, 10);
  auto options = given(start, 10, 32);
  options.maxIterations = 20;
  const auto result = kmeans(data.view(), options);
  checkConsistent(data, result, 10);
  options.scorePrecision = kmeans_kernel::ScorePrecision::float32;
  const auto expected = kmeans(data.view(), options);
  CHECK(result.labels == expected.labels && result.inertias == expected.inertias);
  options.threads = 3;
  options.scorePrecision = kmeans_kernel::ScorePrecision::fastest;
  CHECK(kmeans(data.view(), options).inertias == expected.inertias);
}

TEST(kmeans_same_bits_for_any_number_of_threads_when_wide) {
  const auto data = blobs(9001, 40, 12, 16, 0.5);
  for (const auto precision :
       {kmeans_kernel::ScorePrecision::fastest, kmeans_kernel::ScorePrecision::int16}) {
    KMeansOptions options;
    options.clusters = 19;
    options.seed = 4;
    options.scorePrecision = precision;
    options.recordInertias = true;
    const auto one = kmeans(data.view(), options);
    checkConsistent(data, one, 19);
    for (const unsigned threads : {2u, 3u}) {
      options.threads = threads;
      const auto many = kmeans(data.view(), options);
      CHECK(many.labels == one.labels && many.centroids == one.centroids);
      CHECK(many.inertias == one.inertias);
    }
  }
}

TEST(kmeans_outliers_beyond_float32_products) {
  auto data = blobs(600, 20, 4, 21, 3);
  data.values[77 * 20 + 3] = 3e38f;
  data.values[500 * 20] = -1e25f;
  const auto start = firstRows(data, 9);
  const auto result = kmeans(data.view(), given(start, 9, 20));
  CHECK(result.labels == reference(data, start, 1000).labels);
}

TEST(kmeans_records_inertias_when_asked) {
  const auto data = blobs(500, 6, 4, 30, 0.5);
  KMeansOptions options;
  options.clusters = 6;
  const auto plain = kmeans(data.view(), options);
  options.recordInertias = true;
  const auto recorded = kmeans(data.view(), options);
  CHECK(plain.inertias.size() == 1 && recorded.inertias.size() >= recorded.iterations);
  CHECK(plain.inertia == recorded.inertia && plain.labels == recorded.labels);
}
