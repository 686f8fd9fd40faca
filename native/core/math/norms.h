#pragma once
#include <span>

#include "matrix.h"

namespace deeptype {

// sum_i |v_i|, summed in float64
double l1Norm(std::span<const float> v);
double l1Norm(std::span<const double> v);

// sqrt(sum_i v_i^2), summed in float64
double l2Norm(std::span<const float> v);
double l2Norm(std::span<const double> v);

// max_i |v_i|; 0 for an empty vector
double lInfinityNorm(std::span<const float> v);
double lInfinityNorm(std::span<const double> v);

// sum_i v_i^2, summed in float64
double squaredNorm(std::span<const float> v);
// The same for each row, within 1e-6 relative; faster for many short rows.
void squaredNorms(ConstMatrixView m, std::span<double> out);

}  // namespace deeptype
