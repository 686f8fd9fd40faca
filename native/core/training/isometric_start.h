#pragma once
// A start for the joint phase that keeps the geometry of the selected inputs.
//
// A network trained on labels alone folds away whatever the labels do not ask for, and so the
// clusters inside a class. This start keeps which inputs are live (the prox's zeros stay zero) and
// their relative weight, and makes everything else new: a linear map that carries the leading
// principal components of the live inputs, unchanged in their distances, to the representation.
// Through a non-linearity f it goes in pairs of units of opposite sign, for f(a) - f(-a) is a times
// a constant (exactly so for relu, leaky-relu, gelu and identity, to first order for sigmoid and
// tanh). A skip connection keeps its weights.
#include <cstdint>

#include "../backend.h"

namespace deeptype {

// `scale` is the root mean square norm of the samples' linear image. Changes the host's network,
// which must be up to date, and nothing on the backend but by its training table. Does nothing to a
// network without live inputs; nor where it is stopped.
void isometricStart(Network& network, Backend& backend, double scale, std::uint64_t seed);

}  // namespace deeptype
