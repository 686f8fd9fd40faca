#pragma once
// One line a variant; each is defined in the file of its name.
#include "activation.h"

#define DEEPTYPE_ACTIVATIONS(X) \
  X(identity)                   \
  X(relu)                       \
  X(leakyRelu)                  \
  X(sigmoid)                    \
  X(tanhActivation)             \
  X(gelu)

namespace deeptype::activations {
#define DEEPTYPE_DECLARE(variant) extern const Activation variant;
DEEPTYPE_ACTIVATIONS(DEEPTYPE_DECLARE)
#undef DEEPTYPE_DECLARE
}  // namespace deeptype::activations
