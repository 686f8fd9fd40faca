#pragma once
// A variant is its file here and its line in each of the two lists. It has
//   name; needsInput, slopeBelow     see Activation
//   forward(z)                       f(z)
//   backward(d, x)                   d f'(z), given x = z when needsInput, else x = h = f(z)
#include "../variants.h"
#include "gelu.h"
#include "identity.h"
#include "leaky_relu.h"
#include "relu.h"
#include "sigmoid.h"
#include "tanh.h"

namespace deeptype::activations {

using All = Variants<  //
    Identity,          //
    Relu,              //
    LeakyRelu,         //
    Sigmoid,           //
    Tanh,              //
    Gelu>;

}  // namespace deeptype::activations
