#pragma once
// A variant is its file here and its line in each of the two lists. It has
//   name
//   value(square)      the distance, of square = |h - c|_2^2
//   slope(distance)    its gradient by h is slope (h - c)
#include "../variants.h"
#include "euclidean.h"
#include "squared_euclidean.h"

namespace deeptype::distances {

using All = Variants<  //
    SquaredEuclidean,  //
    Euclidean>;

}  // namespace deeptype::distances
