#pragma once
#include <span>

namespace deeptype {

// |v|_2, summed in float64
double l2Norm(std::span<const float> v);

}  // namespace deeptype
