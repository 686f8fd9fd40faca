#pragma once
// Loops over float64 vectors, compiled once per instruction set. Sums run in a fixed order.
#include <cstddef>

namespace deeptype::linear {

// a'b
double dot(const double* a, const double* b, std::size_t n);
// y += s x
void addScaled(double s, const double* x, double* y, std::size_t n);

}  // namespace deeptype::linear
