#pragma once
// What a session is asked to do, and what it answers.
#include <cstdint>
#include <functional>
#include <memory>

#include "../backend.h"
#include "../platform/stop.h"

namespace deeptype {

struct SessionOptions : BackendOptions {
  MakeBackend backend = nullptr;  // none: the processor
  bool activeSet = true;          // leave out inputs that the proximal operator has emptied
  std::uint64_t seed = 0;
  std::shared_ptr<Communicator> communicator;  // none: one process
};

// How a long computation is watched: the stop flag is looked at every mini-batch or iteration, the
// callback is told how much is done.
struct Watch {
  const StopFlag& stop;
  std::function<void(std::uint64_t done, std::uint64_t of)> progress;
};

struct ClusterPlan {
  std::size_t clusters = 0;
  bool warm = false;  // start from the current centroids, so that a cluster keeps its number
  unsigned restarts = 10;
  unsigned maxIterations = 300;
  double tolerance = 1e-4;
  // A warm clustering in which at most this share of the samples changes cluster is not taken over.
  double hold = 0;
};

struct ClusterOutcome {
  double inertia = 0;
  unsigned iterations = 0;
  std::uint64_t changed = 0;  // samples whose cluster is another than before
  bool taken = true;
  bool stopped = false;
};

struct EpochPlan {
  bool joint = false;  // with the distance term
  double learningRate = 1e-3;
  double alpha = 0;
  double beta = 0;
  double alphaWarmup = 0;  // steps, see alphaAt; 0: none
  std::size_t batchSize = 64;
  bool shuffle = true;
  unsigned stepsPerBatch = 1;
  bool clusterEveryBatch = false;       // on the batch's own representation
  std::uint64_t clusterEverySteps = 0;  // on the whole table; 0: not within the epoch
  bool checkInputs = false;             // at the end, look at the inputs that are left out
  ClusterPlan cluster;
};

struct StepOutcome {
  LossParts parts;  // before the step
  Divergence diverged = Divergence::none;
};

struct EpochOutcome {
  LossParts mean;    // over the steps, each before its update
  double alpha = 0;  // in force at the last step
  std::uint64_t steps = 0;
  std::uint64_t clusterings = 0;
  std::size_t selected = 0;  // inputs whose weights are not all 0
  bool stopped = false;
  // Unless none, the weights are those from before the epoch, and the moments forgotten; the step
  // at which it showed is not counted.
  Divergence diverged = Divergence::none;
};

// Accelerated proximal gradient on the whole table, see fista.h.
struct SettlePlan {
  bool joint = false;
  bool firstLayerOnly = false;
  double alpha = 0;
  double beta = 0;
  unsigned iterations = 200;
  double tolerance = 0.01;  // on the KKT residual relative to alpha
};

struct SettleOutcome {
  unsigned iterations = 0;
  LossParts parts;
  std::size_t selected = 0;  // inputs whose weights are not all 0
  bool converged = false;
  bool stopped = false;
  Divergence diverged = Divergence::none;
};

}  // namespace deeptype
