#include "orthonormal.h"

#include "norms.h"

namespace deeptype {

void orthonormalize(MatrixView v, double tolerance) {
  for (std::size_t a = 0; a < v.rows; ++a) {
    const double before = l2Norm(v.rowSpan(a));
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t b = 0; b < a; ++b) {
        checkStop();
        double dot = 0;
        for (std::size_t j = 0; j < v.columns; ++j) dot += static_cast<double>(v(a, j)) * v(b, j);
        for (std::size_t j = 0; j < v.columns; ++j) v(a, j) -= static_cast<float>(dot) * v(b, j);
      }
    }
    const double norm = l2Norm(v.rowSpan(a));
    const auto inverse = static_cast<float>(norm > tolerance * before ? 1 / norm : 0);
    for (float& value : v.rowSpan(a)) value *= inverse;
  }
}

}  // namespace deeptype
