#pragma once
// What a run trains, on which device, and what it has learned so far.
#include <cstdint>
#include <memory>
#include <vector>

#include "../backend.h"
#include "active_set.h"
#include "plans.h"

namespace deeptype {

struct TrainingContext {
  // `options`, whose communicator is set, must outlive it.
  TrainingContext(std::shared_ptr<Network> trained, const SessionOptions& options);

  Communicator& comm() const { return *options.communicator; }
  const Layout& layout() const { return network->layout(); }
  // Leaves out the inputs that are empty; with `check`, reactivates those that violate the KKT
  // conditions.
  void updateActiveSet(bool check, bool joint, double alpha, double beta);
  // What a step that diverged or was stopped in its midst is undone by: the weights of the backup,
  // and an optimiser that has seen nothing.
  void rollback();

  std::shared_ptr<Network> network;  // the host's; between calls of a session it is up to date
  const SessionOptions& options;
  std::unique_ptr<Backend> backend;
  ActiveSet active;
  std::size_t rows = 0;              // N of the training table
  double lipschitz = 1;              // of the gradient, as the last line search has left it
  std::uint64_t epochs = 0;          // keys the shuffles
  std::uint64_t clusterings = 0;     // keys the K-means starts
  std::vector<std::uint32_t> order;  // of the rows in an epoch
  std::vector<double> alphas;        // of the steps of a run
};

}  // namespace deeptype
