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

// max_i |v_i|; 0 of no numbers
double lInfinityNorm(std::span<const float> v);
double lInfinityNorm(std::span<const double> v);

// sum_i v_i^2, summed in float64
double squaredNorm(std::span<const float> v);
// The same of each row, fast where they are many and short; within 1e-6 of it.
void squaredNorms(ConstMatrixView m, std::span<double> out);

}  // namespace deeptype
