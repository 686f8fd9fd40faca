#pragma once
// A network, the table it is trained on, and what training it needs.
#include <memory>

#include "../backends/cpu/stepper.h"
#include "objective.h"
#include "session.h"

namespace deeptype {

struct Problem {
  Problem(std::shared_ptr<Network> trained, const SessionOptions& options)
      : network(std::move(trained)),
        objective(network->layout(), network->activation(), *options.loss, *options.penalty,
                  *options.distance, options.precision),
        stepper(network->layout(), *options.optimizer, options.optimizerOptions),
        gradient(network->layout().size(), 0.0f) {}

  std::shared_ptr<Network> network;
  Objective objective;
  Stepper stepper;
  Dataset data;
  Buffer<float> gradient;
};

}  // namespace deeptype
