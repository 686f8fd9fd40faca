#include "gram_set.h"

#include <algorithm>

#include "../platform/threads.h"
#include "vectors.h"

namespace deeptype::linear {

void GramSet::add(const std::vector<std::size_t>& columns, unsigned threads, const StopFlag* stop) {
  constexpr std::size_t task = 8;  // columns
  constexpr std::size_t chunk =
      512;  // values of a column at a time, so that those of a task stay in cache
  const std::size_t before = size(), n = x_.rows;
  reserve(before + columns.size());
  for (const std::size_t j : columns) {
    positions_[j] = columns_.size();
    columns_.push_back(j);
  }
  const std::size_t m = size(), tasks = (m - before + task - 1) / task;
  const bool large = (m - before) * m * n > 200000;
  parallelFor(tasks, large ? threads : 1, [&](std::size_t t) {
    const std::size_t first = before + t * task, end = std::min(m, first + task);
    for (std::size_t k = first; k < end; ++k)
      std::fill_n(products_.data() + k * capacity_, k + 1, 0.0);
    for (std::size_t from = 0; from < n; from += chunk) {
      if (stop && stop->isSet()) return;
      const std::size_t length = std::min(chunk, n - from);
      for (std::size_t l = 0; l < end; ++l)
        for (std::size_t k = std::max(first, l); k < end; ++k)
          products_[k * capacity_ + l] +=
              dot(x_.column(columns_[k]) + from, x_.column(columns_[l]) + from, length);
    }
  });
  for (std::size_t k = before; k < m; ++k)
    for (std::size_t l = 0; l < k; ++l) products_[l * capacity_ + k] = products_[k * capacity_ + l];
}

void GramSet::clear() {
  for (const std::size_t j : columns_) positions_[j] = none;
  columns_.clear();
}

void GramSet::reserve(std::size_t size) {
  if (size <= capacity_) return;
  const std::size_t capacity = std::min(x_.columns(), std::max<std::size_t>(64, size + size / 2));
  Buffer<double> larger(capacity * capacity);
  for (std::size_t k = 0; k < this->size(); ++k)
    std::copy_n(row(k), this->size(), larger.data() + k * capacity);
  products_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace deeptype::linear
