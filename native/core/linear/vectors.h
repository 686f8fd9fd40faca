#pragma once
// Loops over float64 vectors, compiled once per instruction set. Sums run in a fixed order.
#include <algorithm>
#include <cmath>
#include <cstddef>

namespace deeptype::linear {

// S(z, t), the proximal operator of t |z|
inline double softThreshold(double z, double t) {
  return std::copysign(std::max(std::abs(z) - t, 0.0), z);
}

// a'b
double dot(const double* a, const double* b, std::size_t n);
// out[k] = a_k'b for the columns a_k of `columns`, of length n, with the indices `set`
void dots(const double* columns, const std::size_t* set, std::size_t count, const double* b,
          std::size_t n, double* out);
// y += s x
void addScaled(double s, const double* x, double* y, std::size_t n);

}  // namespace deeptype::linear
