#pragma once
// Symmetric positive definite systems in float64.
#include "../math/matrix.h"
#include "../platform/stop.h"

namespace deeptype::linear {

// The lower triangle of V V' + shift I, for V (m, k); K (m, m).
void shiftedGram(View<const double> v, double shift, View<double> k, unsigned threads,
                 const StopFlag* stop = nullptr);

// A = L L' in place of the lower triangle; false where A is not positive definite beyond rounding.
// Unfinished when `stop` is set.
bool factorize(View<double> a, unsigned threads, const StopFlag* stop = nullptr);

// L L' x = b in place of b.
void solveFactorized(View<const double> l, double* b);

}  // namespace deeptype::linear
