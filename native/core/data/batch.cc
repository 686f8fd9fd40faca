#include "batch.h"

#include <algorithm>
#include <utility>

#include "../platform/threads.h"

namespace deeptype {
namespace {

// Whether each row comes after the one before it in the table.
bool isRun(std::span<const std::uint32_t> rows) {
  const auto isGap = [](std::uint32_t row, std::uint32_t next) { return next != row + 1; };
  return std::ranges::adjacent_find(rows, isGap) == rows.end();
}

}  // namespace

void Batch::gather(const Dataset& table, const Clusters* clusters,
                   std::span<const std::uint32_t> rows, unsigned threads) {
  constexpr std::size_t worthwhile = 1 << 16;  // numbers for a thread to copy
  const auto classes = table.targets.classes;
  const auto values = table.targets.values;
  const auto weights = table.targets.weights;
  const std::size_t columns = table.x.columns, n = rows.size();
  const bool isInPlace = isRun(rows);
  x_.resize(isInPlace ? 0 : n * columns);
  classes_.resize(classes.empty() ? 0 : n);
  values_.resize(values.data ? n * values.columns : 0);
  weights_.resize(weights.empty() ? 0 : n);
  labels_.resize(clusters ? n : 0);
  const std::size_t numbers = x_.size() + values_.size() + n;
  const std::size_t parts = std::clamp<std::size_t>(numbers / worthwhile, 1, n);
  parallelFor(parts, threads, [&](std::size_t part) {
    for (std::size_t i = part * n / parts; i < (part + 1) * n / parts; ++i) {
      const std::uint32_t row = rows[i];
      if (!isInPlace) std::copy_n(table.x.row(row), columns, x_.data() + i * columns);
      if (!classes.empty()) classes_[i] = classes[row];
      if (values.data)
        std::copy_n(values.row(row), values.columns, values_.data() + i * values.columns);
      if (!weights.empty()) weights_[i] = weights[row];
      if (clusters) labels_[i] = clusters->labels[row];
    }
  });
  data_ = {};
  data_.x = isInPlace ? table.x.rowRange(rows[0], n) : std::as_const(x_).view(n, columns);
  data_.targets.classes = classes_;
  if (values.data) data_.targets.values = std::as_const(values_).view(n, values.columns);
  data_.targets.weights = std::as_const(weights_).span();
  data_.targets.graph = table.targets.graph;
  data_.targets.rows = rows;
  clusters_ = clusters ? Clusters{clusters->centroids, labels_} : Clusters{};
}

void Batch::setClusters(View<const double> centroids, std::span<const std::int32_t> labels) {
  centroids_.resize(centroids.size());
  std::copy_n(centroids.data, centroids.size(), centroids_.data());
  labels_.assign(labels.begin(), labels.end());
  clusters_ = {std::as_const(centroids_).view(centroids.rows, centroids.columns), labels_};
}

}  // namespace deeptype
