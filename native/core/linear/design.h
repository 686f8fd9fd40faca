#pragma once
// The table of a linear model in float64, column by column, and its targets.
#include <span>
#include <vector>

#include "../math/matrix.h"

namespace deeptype::linear {

// x_0 + mean(x - x_0): exact for a constant vector.
double mean(std::span<const double> values);

struct Design {
  Buffer<double> values;             // (D, N), minus the column means where `centred`
  std::vector<double> means;         // (D), 0 where not centred
  std::vector<double> squaredNorms;  // (D)
  std::size_t rows = 0;              // N
  bool centred = false;

  template <class T>
  Design(View<const T> x, bool isCentred);

  std::size_t columns() const { return means.size(); }
  const double* column(std::size_t j) const { return values.data() + j * rows; }
};

// One target, centred in the same way.
struct Target {
  std::vector<double> values;  // (N)
  double mean = 0;
  double squaredNorm = 0;

  Target(std::span<const double> y, bool centred);
};

// Whether no square overflows.
bool allFinite(const Design& x, std::span<const Target> targets);

// b = mean(y) - mean(x)'w
double interceptOf(const Design& x, const Target& y, std::span<const double> w);

}  // namespace deeptype::linear
