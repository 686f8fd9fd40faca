#pragma once
// What training minimises (Chen et al. 2020, eq. 1):
//
//   total = primary + alpha sparsity + beta distance                       LossParts::total
//   primary  = 1/N sum_i w_i loss(o_i, y_i)                                terms/losses
//   sparsity = sum_j omega(w_j),  w_j row j of W_1, or of [W_1 Theta]      terms/penalties
//   distance = 1/N sum_i d(h_i, c_k(i))                                    terms/distances
//
// of the network, with H_0 = X (N,D), H = H_L-1 (N,R) and f the activation:
//
//   Z_l (N,D_l) = H_l-1 (N,D_l-1) W_l (D_l-1,D_l) + 1 b_l^T
//   H_l = f(Z_l) for l < L,   O (N,C) = Z_L  [+ X Theta (D,C)]
//
// Its smooth part primary + beta distance has the gradient, S_l (N,D_l) = d / d Z_l:
//
//   S_L = d primary / d O
//   S_l = (S_l+1 W_l+1^T  [+ beta d distance / d H  for l = L-1]) * f'(Z_l)
//   d / d W_l = H_l-1^T S_l,   d / d b_l = S_l^T 1,   d / d Theta = X^T S_L
//
// The sparsity is left to its proximal operator. A backend computes all of this; here is what the
// algorithm adds to it.
#include <cstdint>

#include "../backend.h"

namespace deeptype {

// The schedule of alpha: alpha (1 - exp(-t / warmup)) after t steps; alpha where warmup is 0.
double alphaAt(double alpha, double warmup, std::uint64_t steps);

// f = primary + beta distance + decay/2 sum_l>1 |W_l|_F^2, and with `wantGradient` its gradient;
// `parts` are its terms and the sparsity.
double smoothPart(Backend& backend, const Evaluation& at, double decay, LossParts& parts);

// alpha_max = max_j dual norm of g_j, g the gradient of primary at W_1 = 0 with all other
// parameters as they are: the smallest weight at which the empty first layer is stationary. Where
// the non-linearity lets no gradient through there, it is left out.
double alphaMax(Backend& backend);

}  // namespace deeptype
