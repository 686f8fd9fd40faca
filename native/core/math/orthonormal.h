#pragma once
#include "../platform/stop.h"
#include "matrix.h"

namespace deeptype {

// Makes the rows of v (M,D) orthonormal in order, by modified Gram-Schmidt applied twice. A row
// whose component orthogonal to the rows before is at most `tolerance` times its norm becomes
// 0.
void orthonormalize(MatrixView v, double tolerance);

}  // namespace deeptype
