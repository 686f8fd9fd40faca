#pragma once
// What a session is asked to do, and what it answers. What has a list is read from JavaScript by
// the names of its members, see platform/fields.h.
#include <cstdint>
#include <functional>
#include <memory>

#include "../backend.h"
#include "../platform/fields.h"
#include "../platform/stop.h"

namespace deeptype {

#define DEEPTYPE_SESSION_OPTIONS(X)                                                           \
  X(bool, activeSet, true, any) /* leave out inputs that the proximal operator has emptied */ \
  X(std::uint64_t, seed, 0, any)

struct SessionOptions : BackendOptions {
  MakeBackend backend = nullptr;               // none: the processor
  std::shared_ptr<Communicator> communicator;  // none: one process
  DEEPTYPE_FIELDS(DEEPTYPE_SESSION_OPTIONS)
};

// How a long computation is watched: the stop flag is looked at every mini-batch or iteration, the
// callback gets the share that is done.
struct Watch {
  const StopFlag& stop;
  std::function<void(std::uint64_t done, std::uint64_t of)> progress;
};

#define DEEPTYPE_CLUSTER_PLAN(X)                                                               \
  X(std::size_t, clusters, 0, positive)                                                        \
  X(bool, warm, false, any) /* start from the current centroids: a cluster keeps its number */ \
  X(unsigned, restarts, 10, any)                                                               \
  X(unsigned, maxIterations, 300, any)                                                         \
  X(double, tolerance, 1e-4, any)                                                              \
  X(double, hold, 0, any) /* if warm: the share of changed samples up to which it is discarded */

struct ClusterPlan {
  DEEPTYPE_FIELDS(DEEPTYPE_CLUSTER_PLAN)
};

struct ClusterOutcome {
  double inertia = 0;
  unsigned iterations = 0;
  std::uint64_t changed = 0;  // samples whose cluster is another than before
  bool taken = true;
  bool stopped = false;
};

#define DEEPTYPE_EPOCH_PLAN(X)                                                                  \
  X(bool, joint, false, any) /* with the distance term */                                       \
  X(double, learningRate, 1e-3, any)                                                            \
  X(double, alpha, 0, any)                                                                      \
  X(double, beta, 0, any)                                                                       \
  X(double, alphaWarmup, 0, any) /* steps, see alphaAt; 0: none */                              \
  X(std::size_t, batchSize, 64, positive)                                                       \
  X(bool, shuffle, true, any)                                                                   \
  X(unsigned, stepsPerBatch, 1, any)                                                            \
  X(bool, clusterEveryBatch, false, any)      /* on the batch's own representation */           \
  X(std::uint64_t, clusterEverySteps, 0, any) /* on the whole table; 0: not within the epoch */ \
  X(bool, checkInputs, false, any) /* at the end, look at the inputs that are left out */       \
  X(ClusterPlan, cluster, {}, any)

struct EpochPlan {
  DEEPTYPE_FIELDS(DEEPTYPE_EPOCH_PLAN)
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
#define DEEPTYPE_SETTLE_PLAN(X)       \
  X(bool, joint, false, any)          \
  X(bool, firstLayerOnly, false, any) \
  X(double, alpha, 0, any)            \
  X(double, beta, 0, any)             \
  X(unsigned, iterations, 200, any)   \
  X(double, tolerance, 0.01, any) /* on the KKT residual relative to alpha */

struct SettlePlan {
  DEEPTYPE_FIELDS(DEEPTYPE_SETTLE_PLAN)
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
