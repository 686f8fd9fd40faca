#pragma once
// Optimality conditions of the sparse first layer.
#include <vector>

#include "../proximal/proximal_layer.h"
#include "objective.h"
#include "session.h"

namespace deeptype {

// alpha_max = max_j dual norm of g_j, g the gradient of the primary loss at W_1 = 0 with all other
// parameters as they are: the smallest weight at which the empty layer is stationary. Where the
// non-linearity lets no gradient through there, it is left out. `scratch` has the layout's size.
double alphaMax(const Network& network, const Dataset& data, const SessionOptions& options,
                Buffer<float>& scratch);

// The dual norm of the penalty at each gradient g_j, a row of G (M,R).
std::vector<double> dualNorms(ConstMatrixView g, const Penalty& penalty, unsigned threads);

// max_j of the KKT residual of input j (empty inputs whose gradient has a dual norm of at
// most alpha may be missing), given the first layer's weights and the smooth part's gradient by
// them (D,H): for the group lasso max(0, |g_j| - alpha) where w_j = 0 and |g_j + alpha w_j / |w_j||
// elsewhere. With a constraint |w_j - x_j| / eta for X = prox(W - eta G), the operator of both:
// also 0 just where W is stationary.
double firstLayerResidual(ConstMatrixView w, ConstMatrixView g, ProximalLayer& proximal,
                          double alpha, unsigned threads);

}  // namespace deeptype
