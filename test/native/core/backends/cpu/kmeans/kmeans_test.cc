#include "backends/cpu/kmeans/kmeans.h"

#include <algorithm>
#include <limits>
#include <set>

#include "kmeans_reference.h"
#include "platform/stop.h"

using namespace deeptype;

TEST(kmeans_follows_lloyd_in_float64) {
  std::uint64_t seed = 0;
  for (const std::size_t n : {7, 130, 1000})
    for (const std::size_t d : {1, 2, 3, 17, 64})
      for (const std::size_t clusters : {2, 3, 5, 7}) {
        const auto data = blobs(n, d, 4, ++seed, 1);
        const auto start = firstRows(data, clusters);
        const auto result = kmeans(data.view(), given(start, clusters, d));
        const auto expected = reference(data, start, 1000);
        CHECK(result.converged && result.labels == expected.labels);
        for (std::size_t i = 0; i < start.size(); ++i)
          CHECK(std::abs(result.centroids[i] - expected.centroids[i]) < 1e-10);
        checkConsistent(data, result, clusters);
      }
}

TEST(kmeans_ties_go_to_the_lower_index) {
  // Grid points halfway between centroids: float32 products cannot separate them, float64 must.
  Data<float> data{{}, 400, 2};
  for (int i = 0; i < 400; ++i) {
    data.values.push_back(static_cast<float>(i % 20) + 1000);
    data.values.push_back(static_cast<float>(i / 20) - 500);
  }
  std::vector<double> start;
  for (const double x : {4.0, 14.0})
    for (const double y : {5.0, 15.0}) start.insert(start.end(), {1000 + x, -500 + y});
  auto options = given(start, 4, 2);
  options.maxIterations = 1;
  const auto result = kmeans(data.view(), options);
  std::vector<std::int32_t> labels(400);
  assignNearest(data.view(), View<const double>(start.data(), 4, 2), labels.data(), 2);
  CHECK(reference(data, start, 1).labels == labels);
  CHECK(result.iterations == 1 && !result.converged);
  checkConsistent(data, result, 4);
}

TEST(kmeans_finds_separated_clusters) {
  for (const unsigned restarts : {1u, 4u}) {
    const auto data = blobs(1500, 10, 6, 42, 20);
    KMeansOptions options;
    options.clusters = 6;
    options.restarts = restarts;
    const auto result = kmeans(data.view(), options);
    checkConsistent(data, result, 6);
    CHECK(result.inertia < 1.1 * 1500 * 10);  // unit variance in each of ten dimensions
  }
}

TEST(kmeans_more_restarts_are_never_worse) {
  const auto data = blobs(600, 5, 12, 7, 2);
  for (const KMeansInit init : {KMeansInit::plusPlus, KMeansInit::random}) {
    KMeansOptions options;
    options.clusters = 12;
    options.init = init;
    double last = std::numeric_limits<double>::infinity();
    for (const unsigned restarts : {1u, 3u, 10u}) {
      options.restarts = restarts;
      const auto result = kmeans(data.view(), options);
      checkConsistent(data, result, 12);
      CHECK(result.inertia <= last);
      last = result.inertia;
    }
  }
}

TEST(kmeans_inertia_never_rises) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto data = blobs(300 + 50 * seed, 1 + seed, 5, seed, 0.5);
    KMeansOptions options;
    options.clusters = 2 + seed % 9;
    options.seed = seed;
    options.init = seed % 2 ? KMeansInit::random : KMeansInit::plusPlus;
    options.tolerance = 0;
    options.recordInertias = true;
    checkConsistent(data, kmeans(data.view(), options), options.clusters);
  }
}

TEST(kmeans_refills_an_emptied_cluster) {
  const auto data = blobs(200, 3, 3, 5, 5);
  auto start = firstRows(data, 2);
  for (int far = 0; far < 2; ++far) start.insert(start.end(), {1e4 + far, 1e4, 1e4});
  const auto result = kmeans(data.view(), given(start, 4, 3));
  checkConsistent(data, result, 4);
  CHECK(std::set<std::int32_t>(result.labels.begin(), result.labels.end()).size() == 4);
}

TEST(kmeans_one_cluster_is_the_mean) {
  const auto data = blobs(777, 5, 3, 8);
  for (const KMeansInit init : {KMeansInit::plusPlus, KMeansInit::random}) {
    KMeansOptions options;
    options.clusters = 1;
    options.init = init;
    const auto result = kmeans(data.view(), options);
    checkConsistent(data, result, 1);
    for (std::size_t j = 0; j < 5; ++j) {
      double mean = 0;
      for (std::size_t i = 0; i < 777; ++i) mean += double{data.values[i * 5 + j]} / 777;
      CHECK(std::abs(result.centroids[j] - mean) < 1e-10);
    }
  }
}

TEST(kmeans_every_point_its_own_cluster) {
  for (const KMeansInit init : {KMeansInit::plusPlus, KMeansInit::random}) {
    const auto data = blobs(40, 3, 2, 9);
    KMeansOptions options;
    options.clusters = 40;
    options.init = init;
    const auto result = kmeans(data.view(), options);
    CHECK(result.inertia == 0 && result.converged);
    CHECK(std::set<std::int32_t>(result.labels.begin(), result.labels.end()).size() == 40);
  }
  const Data<float> single{{1, 2, 3}, 1, 3};
  KMeansOptions options;
  options.clusters = 1;
  CHECK(kmeans(single.view(), options).inertia == 0);
}

TEST(kmeans_fewer_distinct_points_than_clusters) {
  Data<float> data{{}, 60, 2};
  for (int i = 0; i < 60; ++i) {
    data.values.push_back(static_cast<float>(i % 3) + 0.1f);
    data.values.push_back(0.7f);
  }
  for (const KMeansInit init : {KMeansInit::plusPlus, KMeansInit::random})
    for (const std::size_t clusters : {3u, 5u, 60u}) {
      KMeansOptions options;
      options.clusters = clusters;
      options.init = init;
      options.restarts = 3;
      const auto result = kmeans(data.view(), options);
      checkConsistent(data, result, clusters);
      CHECK(result.converged && result.inertia < 1e-10);
    }
  const Data<float> same{std::vector<float>(50, 3.f), 25, 2};
  KMeansOptions options;
  options.clusters = 4;
  const auto result = kmeans(same.view(), options);
  CHECK(result.inertia == 0 && result.converged);
}

TEST(kmeans_constant_columns_change_nothing) {
  const auto data = blobs(500, 3, 4, 10);
  Data<float> wide{{}, 500, 5};
  for (std::size_t i = 0; i < 500; ++i)
    wide.values.insert(wide.values.end(), {7.5f, data.values[3 * i], data.values[3 * i + 1], 0.f,
                                           data.values[3 * i + 2]});
  const auto narrow = kmeans(data.view(), given(firstRows(data, 4), 4, 3));
  const auto result = kmeans(wide.view(), given(firstRows(wide, 4), 4, 5));
  CHECK(result.labels == narrow.labels);
  for (std::size_t k = 0; k < 4; ++k)
    CHECK(result.centroids[5 * k] == 7.5 && result.centroids[5 * k + 3] == 0);
}

TEST(kmeans_an_offset_does_no_harm) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto plain = blobs<double>(2000, 6, 5, seed, 1);
    const auto moved = blobs<double>(2000, 6, 5, seed, 1, 1e6);
    KMeansOptions options;
    options.clusters = 5;
    options.seed = seed;
    const auto a = kmeans(plain.view(), options), b = kmeans(moved.view(), options);
    CHECK(a.labels == b.labels);
    CHECK(std::abs(a.inertia - b.inertia) < 1e-6 * a.inertia);
  }
}

TEST(kmeans_any_scale) {
  const auto plain = blobs<double>(500, 4, 4, 3);
  const auto expected = kmeans(plain.view(), given(firstRows(plain, 4), 4, 4));
  for (const double factor : {0x1p-120, 0x1p-40, 0x1p60, 0x1p120}) {
    auto scaled = plain;
    for (double& x : scaled.values) x *= factor;
    CHECK(kmeans(scaled.view(), given(firstRows(scaled, 4), 4, 4)).labels == expected.labels);
  }
}

TEST(kmeans_float_and_double_agree) {
  const auto narrow = blobs<float>(3000, 9, 6, 4);
  const auto wide = blobs<double>(3000, 9, 6, 4);
  KMeansOptions options;
  options.clusters = 6;
  options.seed = 3;
  const auto a = kmeans(narrow.view(), options), b = kmeans(wide.view(), options);
  CHECK(a.labels == b.labels && a.centroids == b.centroids && a.inertia == b.inertia);
}

TEST(kmeans_same_bits_for_any_number_of_threads) {
  const auto data = blobs(20011, 24, 9, 6, 1);
  KMeansOptions options;
  options.clusters = 9;
  options.seed = 1;
  options.restarts = 2;
  const auto one = kmeans(data.view(), options);
  checkConsistent(data, one, 9);
  for (const unsigned threads : {2u, 3u, 5u}) {
    options.threads = threads;
    const auto many = kmeans(data.view(), options);
    CHECK(many.labels == one.labels && many.centroids == one.centroids);
    CHECK(many.inertias == one.inertias && many.iterations == one.iterations);
  }
}

TEST(kmeans_reads_strided_rows) {
  const auto data = blobs(300, 6, 3, 12);
  std::vector<float> padded(300 * 11, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < 300; ++i) std::copy_n(&data.values[i * 6], 6, &padded[i * 11]);
  KMeansOptions options;
  options.clusters = 3;
  CHECK(kmeans(View<const float>(padded.data(), 300, 6, 11), options).labels ==
        kmeans(data.view(), options).labels);
}

TEST(kmeans_stops_on_request) {
  StopFlag stop;
  stop.set();
  const StopScope scope(&stop);
  const auto data = blobs(500, 4, 4, 13);
  KMeansOptions options;
  options.clusters = 8;
  for (const KMeansInit init : {KMeansInit::plusPlus, KMeansInit::random}) {
    options.init = init;
    CHECK(!completes([&] { kmeans(data.view(), options); }));
  }
  const StopScope none(nullptr);
  CHECK(kmeans(data.view(), options).labels.size() == 500);
}

TEST(assign_nearest_agrees_with_float64) {
  for (const std::size_t n : {1, 20, 129, 5000}) {
    const auto data = blobs(n, 33, 4, 20 + n, 1);
    const auto centres = blobs<double>(7, 33, 4, 77, 1);
    const View<const double> centroids(centres.values.data(), 7, 33);
    const auto expected = reference(data, centres.values, 1).labels;
    for (const unsigned threads : {1u, 3u}) {
      std::vector<std::int32_t> labels(n, -1);
      const double inertia = assignNearest(data.view(), centroids, labels.data(), threads);
      CHECK(labels == expected);
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i)
        sum += squaredDistance(&data.values[i * 33],
                               centroids.row(static_cast<std::size_t>(labels[i])), 33);
      CHECK(std::abs(sum - inertia) < 1e-10 * sum);
    }
  }
}
