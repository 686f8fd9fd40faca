#pragma once
// A network, the table it is trained on, and what training it needs.
#include <memory>

#include "../../backend.h"
#include "objective_passes.h"
#include "stepper.h"

namespace deeptype {

struct Problem {
  Problem(std::shared_ptr<Network> trained, const HostTerms& terms, const BackendOptions& options)
      : network(std::move(trained)),
        objective(network->layout(), network->activation(), terms, options.precision),
        stepper(network->layout(), *terms.optimizer, options.optimizerOptions),
        gradient(network->layout().size(), 0.0f) {}

  // For what fills the gradient; see forgetGradient.
  Buffer<float>& filledGradient() {
    isGradientFilled = true;
    return gradient;
  }
  // Steps do without a whole gradient: its memory is given back.
  void forgetGradient() {
    if (isGradientFilled) gradient.clear();
    isGradientFilled = false;
  }

  std::shared_ptr<Network> network;
  ObjectivePasses objective;
  Stepper stepper;
  Dataset data;
  Buffer<float> gradient;  // d (primary + beta distance) / d parameters
  bool isGradientFilled = false;
};

}  // namespace deeptype
