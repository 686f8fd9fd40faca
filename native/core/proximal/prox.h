#pragma once
// Proximal operators, in place: v = argmin_x 1/2 |x - v|_2^2 + t f(x); T is float or double. See
// Parikh & Boyd 2014, ch. 6.
#include <span>

#include "../math/matrix.h"

namespace deeptype {

// f = |x|_1: soft thresholding, sign(v_i) max(|v_i| - t, 0)
template <class T>
void proxL1(std::span<T> v, double t);

// f = 1/2 |x|_2^2: v / (1 + t)
template <class T>
void proxL2Squared(std::span<T> v, double t);

// f = |x|_2: v max(0, 1 - t / |v|_2) (Yuan & Lin 2006)
template <class T>
void proxGroupL2(std::span<T> v, double t);
// max(0, 1 - t / norm)
template <class T>
T groupL2Factor(double norm, double t) {
  return static_cast<T>(norm <= t ? 0 : 1 - t / norm);
}
// Every row of m times its factor; a factor of 0 clears even what is not finite.
void scaleRows(MatrixView m, std::span<const float> factors);
// sum += every row of m times its factor
void addScaledRows(ConstMatrixView m, std::span<const float> factors, MatrixView sum);

// f = |x|_inf: v less its projection onto the L1 ball of radius t (Moreau's decomposition)
template <class T>
void proxLInfinity(std::span<T> v, double t);

// f = ratio |x|_1 + (1 - ratio)/2 |x|_2^2: soft thresholding by t ratio, then division by
// 1 + t (1 - ratio) (Zou & Hastie 2005, in scikit-learn's scaling)
template <class T>
void proxElasticNet(std::span<T> v, double t, double ratio);

// (v, u) = argmin_(b,w) 1/2 |b - v|^2 + 1/2 |w - u|^2 + lambda |b|_2 + lambdaBar |w|_1
//          with |w_i| <= bound |b|_2      (Lemhadri et al. 2021, prop. 1, LassoNet's HIER-PROX)
// Where v = 0 any direction of b is as good; it is the first axis then.
template <class T>
void proxHierarchical(std::span<T> v, std::span<T> u, double lambda, double lambdaBar,
                      double bound);

}  // namespace deeptype
