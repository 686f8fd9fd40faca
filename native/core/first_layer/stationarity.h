#pragma once
// Optimality conditions of the sparse first layer.
#include <vector>

#include "proximal_layer.h"

namespace deeptype {

// The dual norm of each g_j, a row of G (M,R): the smallest weight of the penalty at which w_j = 0
// is stationary.
std::vector<double> dualNorms(ConstMatrixView g, const Penalty& penalty, unsigned threads);

// max_j of the KKT residual of input j (inputs with w_j = 0 whose g_j has a dual norm of at most
// alpha may be left out), given the first layer's weights W and the gradient G of the smooth
// part by them, both (M,R): for the group lasso max(0, |g_j| - alpha) where w_j = 0 and
// |g_j + alpha w_j / |w_j|| elsewhere. With a constraint |w_j - x_j| / eta for
// X = prox(W - eta G), prox including the constraint: also 0 exactly where W is stationary.
double firstLayerResidual(ConstMatrixView w, ConstMatrixView g, ProximalLayer& proximal,
                          double alpha, unsigned threads);

}  // namespace deeptype
