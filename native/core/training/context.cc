#include "context.h"

#include "../backends/registry.h"

namespace deeptype {
namespace {

std::unique_ptr<Backend> backendOf(const SessionOptions& options,
                                   const std::shared_ptr<Network>& network) {
  const MakeBackend make = options.backend ? options.backend : findBackend("cpu");
  return make(network, options, *options.communicator);
}

}  // namespace

TrainingContext::TrainingContext(std::shared_ptr<Network> trained, const SessionOptions& given)
    : network(std::move(trained)),
      options(given),
      backend(backendOf(options, network)),
      active(*backend, network->layout().inputs()) {}

void TrainingContext::updateActiveSet(bool check, bool joint, double alpha, double beta) {
  if (!options.activeSet || !options.proximal || alpha <= 0) return;
  active.drop();
  if (!check) return;
  active.findViolators(joint, alpha, beta);
  active.reactivate();
}

void TrainingContext::rollback() {
  backend->copyParameters(Slot::current, Slot::backup);
  backend->resetMoments();
}

}  // namespace deeptype
