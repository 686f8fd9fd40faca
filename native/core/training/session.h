#pragma once
// What a backend offers: a network, the objective it is trained on, a training table that is handed
// over once, and the long computations on it. TypeScript decides the phases and calls one of these
// an epoch; the loop over mini-batches never leaves this interface.
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "../backends/cpu/kmeans/kmeans.h"
#include "../platform/stop.h"
#include "../proximal/constraint.h"
#include "../terms/optimizers/optimizer.h"
#include "objective.h"
#include "session_state.h"

namespace deeptype {

struct SessionOptions {
  std::shared_ptr<Loss> loss;
  std::shared_ptr<const Penalty> penalty;
  const Distance* distance = nullptr;
  const Optimizer* optimizer = nullptr;
  OptimizerOptions optimizerOptions;
  bool proximal = true;
  std::optional<Constraint> constraint;      // on the first layer, after each step
  Precision precision = Precision::float32;  // of the products of a step
  bool activeSet = true;  // leave out inputs that the proximal operator has emptied
  double weightDecay = 0;
  // A step scales its objective so that the gradient by all parameters, of that what has one, is
  // at most this long.
  double maxGradientNorm = std::numeric_limits<double>::infinity();
  std::uint64_t seed = 0;
  unsigned threads = 1;
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
  double alphaWarmup = 0;  // steps t: alpha (1 - exp(-t / alphaWarmup)); 0: none
  std::size_t batchSize = 64;
  bool shuffle = true;
  unsigned stepsPerBatch = 1;
  bool clusterEveryBatch = false;       // on the batch's own representation
  std::uint64_t clusterEverySteps = 0;  // on the whole table; 0: not within the epoch
  bool checkInputs = false;             // at the end, look at the inputs that are left out
  ClusterPlan cluster;
};

// What was not finite first.
enum class Divergence { none, loss, gradient };

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

// Accelerated proximal gradient on the whole table, see settle.h.
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

// Where a computation that the flag cuts short has no `stopped` to say so, its result is void and
// nothing has changed.
class Session {
 public:
  virtual ~Session() = default;

  // Hands over the training table; the memory must outlive its use. Forgets clusters and moments.
  virtual void load(const Dataset& data) = 0;
  virtual std::size_t rows() const = 0;
  // Hands over rows that are not trained on, for `validate`; the memory must outlive its use.
  virtual void holdOut(const Dataset& data) = 0;

  // What the rest of a run depends on; `state` keeps the memory of `into`. setState returns whether
  // the state fits the network and the table; where it does not, nothing has changed.
  virtual void state(SessionState& into) = 0;
  virtual bool setState(const SessionState& state) = 0;

  virtual EpochOutcome epoch(const EpochPlan& plan, const Watch& watch) = 0;
  virtual SettleOutcome settle(const SettlePlan& plan, const Watch& watch) = 0;
  // Gives the network a start that keeps the geometry of its live inputs, see restart.h.
  virtual void restart(double scale, const StopFlag& stop) = 0;
  virtual void resetOptimizer() = 0;

  // K-means on the representation of the whole table; the outcome becomes the current clusters.
  virtual ClusterOutcome cluster(const ClusterPlan& plan, const Watch& watch) = 0;
  virtual void represent(MatrixView out, const StopFlag& stop) = 0;  // (N,R)
  virtual void setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels) = 0;
  // Gives every row of the table its nearest centroid; returns how many changed cluster.
  virtual std::uint64_t relabel(const StopFlag& stop) = 0;
  // Between- over within-cluster scatter of the representation: how crisp the clusters are.
  virtual double separation(const StopFlag& stop) = 0;
  virtual ConstMatrixView centroids() const = 0;  // (K,R); empty before clustering
  virtual std::span<const std::int32_t> clusterLabels() const = 0;  // (N)

  // alpha_max: the smallest weight of the penalty at which an empty first layer is stationary, with
  // the other layers as they are.
  virtual double alphaMax(const StopFlag& stop) = 0;
  // Largest residual over the inputs of the first layer's stationarity conditions.
  virtual double kktResidual(bool joint, double alpha, double beta, const StopFlag& stop) = 0;

  // Of the rows held out, as of one table; where there are clusters and `joint`, each is drawn to
  // its nearest centroid.
  virtual LossParts validate(bool joint, const StopFlag& stop) = 0;
  // The nearest centroid of each of them; there must be clusters.
  virtual std::span<const std::int32_t> labelHeldOut(const StopFlag& stop) = 0;

  // On rows of the caller's, as one batch; `centroids` may be empty, else each sample is drawn to
  // its nearest row. gradient: of alpha sparsity (subgradient) + primary + beta distance.
  virtual LossParts losses(const Dataset& batch, ConstMatrixView centroids) = 0;
  virtual LossParts gradients(const Dataset& batch, ConstMatrixView centroids, double alpha,
                              double beta, Buffer<float>& gradient) = 0;
  // One that diverges leaves the weights as they were, and forgets the moments.
  virtual StepOutcome step(const Dataset& batch, ConstMatrixView centroids,
                           const EpochPlan& plan) = 0;
};

}  // namespace deeptype
