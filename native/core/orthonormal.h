#pragma once
#include "matrix.h"
#include "stop.h"

namespace deeptype {

// Makes the rows of v (M,D) orthonormal, in order (modified Gram-Schmidt, twice for accuracy); a
// row without a direction of its own becomes 0. Void once the flag is set.
void orthonormalize(MatrixView v, const StopFlag& stop);

}  // namespace deeptype
