#pragma once
// The working set: columns of a design and their Gram matrix.
#include <vector>

#include "../platform/stop.h"
#include "design.h"

namespace deeptype::linear {

class GramSet {
 public:
  explicit GramSet(const Design& x) : x_(x), positions_(x.columns(), none) {}

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::size_t size() const { return columns_.size(); }
  const std::vector<std::size_t>& columns() const { return columns_; }
  bool contains(std::size_t column) const { return positions_[column] != none; }

  // (m): x_k'x_l for all l of the set
  const double* row(std::size_t k) const { return products_.data() + k * capacity_; }
  double square(std::size_t k) const { return row(k)[k]; }

  // Adds columns that are not in the set. The products are unspecified if stop was requested.
  void add(const std::vector<std::size_t>& columns, unsigned threads, const StopFlag* stop);
  void clear();

 private:
  void reserve(std::size_t size);

  const Design& x_;
  std::vector<std::size_t> columns_, positions_;
  std::size_t capacity_ = 0;
  Buffer<double> products_;
};

}  // namespace deeptype::linear
