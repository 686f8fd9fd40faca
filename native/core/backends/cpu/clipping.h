#pragma once
// Gradient clipping by the global norm (Pascanu, Mikolov & Bengio 2013).
#include <span>

namespace deeptype {

// g *= min(1, most / |g|_2), g the gradient by all parameters; returns that factor. A norm that is
// not a number leaves g as it is.
double clipGradient(std::span<float> g, double most, unsigned threads);

}  // namespace deeptype
