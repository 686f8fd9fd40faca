#pragma once
#include "../platform/stop.h"
#include "matrix.h"

namespace deeptype {

// Makes the rows of v (M,D) orthonormal, in order (modified Gram-Schmidt, twice for accuracy). A
// row becomes 0 where no more than the share `own` of its length is at right angles to those
// before.
void orthonormalize(MatrixView v, double own);

}  // namespace deeptype
