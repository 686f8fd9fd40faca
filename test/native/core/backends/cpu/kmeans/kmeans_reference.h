#pragma once
// Test tables, a reference K-means in float64 and invariants of every result.
#include <limits>

#include "backends/cpu/kmeans/kmeans.h"
#include "check.h"
#include "math/random.h"

namespace deeptype {

template <class T>
struct Data {
  std::vector<T> values;
  std::size_t rows, columns;
  View<const T> view() const { return {values.data(), rows, columns}; }
};

// Points around `clusters` centres. Coordinates are multiples of 2^-10, exact in float32.
template <class T = float>
Data<T> blobs(std::size_t n, std::size_t d, std::size_t clusters, std::uint64_t seed,
              double spread = 3, double offset = 0) {
  Random random(seed, 99);
  std::vector<double> centres(clusters * d);
  for (double& x : centres) x = spread * random.normal();
  Data<T> data{std::vector<T>(n * d), n, d};
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t k = random.below(clusters);
    for (std::size_t j = 0; j < d; ++j)
      data.values[i * d + j] =
          static_cast<T>(std::round((centres[k * d + j] + random.normal()) * 1024) / 1024 + offset);
  }
  return data;
}

inline double squaredDistance(const auto* x, const double* c, std::size_t d) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) sum += (double{x[j]} - c[j]) * (double{x[j]} - c[j]);
  return sum;
}

// Labels are nearest centroids (up to ties within rounding); the inertia is their sum and never
// rises.
template <class T>
void checkConsistent(const Data<T>& data, const KMeansResult& result, std::size_t clusters) {
  const std::size_t d = data.columns;
  CHECK(result.labels.size() == data.rows && result.centroids.size() == clusters * d);
  double inertia = 0;
  for (std::size_t i = 0; i < data.rows; ++i) {
    const T* x = data.values.data() + i * d;
    const auto label = static_cast<std::size_t>(result.labels[i]);
    CHECK(label < clusters);
    const double own = squaredDistance(x, &result.centroids[label * d], d);
    for (std::size_t k = 0; k < clusters; ++k) {
      const double other = squaredDistance(x, &result.centroids[k * d], d);
      CHECK(own <= other * (1 + 1e-9) + 1e-12);
    }
    inertia += own;
  }
  CHECK(std::abs(inertia - result.inertia) <= 1e-10 * inertia + 1e-12);
  CHECK(!result.inertias.empty() && result.inertias.back() == result.inertia);
  for (std::size_t i = 1; i < result.inertias.size(); ++i)
    CHECK(result.inertias[i] <= result.inertias[i - 1] * (1 + 1e-12) + 1e-12);
}

// Textbook Lloyd's algorithm in float64.
inline KMeansResult reference(const auto& data, std::vector<double> centroids,
                              unsigned iterations) {
  const std::size_t d = data.columns, clusters = centroids.size() / d;
  KMeansResult result;
  result.labels.assign(data.rows, -1);
  for (unsigned it = 0; it < iterations; ++it) {
    std::vector<std::int32_t> labels(data.rows);
    std::vector<double> sums(centroids.size(), 0.0), counts(clusters, 0.0);
    for (std::size_t i = 0; i < data.rows; ++i) {
      const auto* x = data.values.data() + i * d;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k < clusters; ++k) {
        const double distance = squaredDistance(x, &centroids[k * d], d);
        if (distance < least) {
          least = distance;
          labels[i] = static_cast<std::int32_t>(k);
        }
      }
      const auto k = static_cast<std::size_t>(labels[i]);
      ++counts[k];
      for (std::size_t j = 0; j < d; ++j) sums[k * d + j] += x[j];
    }
    if (labels == result.labels) break;
    result.labels = labels;
    for (std::size_t k = 0; k < clusters; ++k)
      for (std::size_t j = 0; j < d && counts[k] > 0; ++j)
        centroids[k * d + j] = sums[k * d + j] / counts[k];
  }
  result.centroids = centroids;
  return result;
}

template <class T>
std::vector<double> firstRows(const Data<T>& data, std::size_t count) {
  return {data.values.begin(),
          data.values.begin() + static_cast<std::ptrdiff_t>(count * data.columns)};
}

inline KMeansOptions given(const std::vector<double>& start, std::size_t clusters, std::size_t d) {
  KMeansOptions options;
  options.clusters = clusters;
  options.init = KMeansInit::given;
  options.start = {start.data(), clusters, d};
  options.tolerance = 0;
  options.maxIterations = 1000;
  options.recordInertias = true;
  return options;
}

}  // namespace deeptype
