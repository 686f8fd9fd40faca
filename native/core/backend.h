#pragma once
// What a device must do for a network to be trained on it: passes over the memory of one device,
// which decide nothing. The algorithm is in training/; a new device is a folder in backends/ with
// this interface, and its line in backends/registry.cc.
//
// The device keeps
//   tables      the training table, the rows held out, and rows of the caller's, with clusters
//   parameters  of the network of the selected inputs, in four slots (see Slot)
//   gradient    by the parameters, of the last `evaluate` that was asked for it
//   moments     of the optimiser for the selected inputs, and the number of steps taken
// Calls that move numbers between it and the host say read or write. Other arguments and results
// are scalars or lists of inputs, rows and clusters.
//
// Shapes: X (N,D), of S <= D selected inputs; H (N,R) the representation; O (N,C) the outputs; W_1
// the groups of the first layer, a row for each input; K clusters.
//
// A pass may look at the stop flag (platform/stop.h) and end by Stopped; what it was to write is
// unspecified then. What is a sum over rows is a sum over all ranks (comm/communicator.h), and all
// ranks make the same passes in the same order.
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "data/dataset.h"
#include "first_layer/constraint.h"
#include "math/precision.h"
#include "network/network.h"
#include "platform/fields.h"
#include "terms/terms.h"

namespace deeptype {

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

#define DEEPTYPE_BACKEND_OPTIONS(X)                                                            \
  X(std::optional<Constraint>, constraint, {}, any) /* on the first layer, after each step */  \
  X(bool, proximal, true, any) /* false: steps take the subgradient of the penalty */          \
  X(Precision, precision, Precision::float32, any) /* of the products of a step */             \
  X(double, weightDecay, 0, any)                   /* of the layers after the first */         \
  X(double, maxGradientNorm, kNoLimit, any) /* the objective of a step is scaled to keep it */ \
  X(unsigned, threads, 1, any)              /* of the host */

struct BackendOptions : TermOptions {
  DEEPTYPE_FIELDS(DEEPTYPE_BACKEND_OPTIONS)
};

// The terms of the objective, unweighted (training/objective.h).
struct LossParts {
  double primary = 0;
  double sparsity = 0;
  double distance = 0;
  double total(double alpha, double beta) const {
    return primary + alpha * sparsity + beta * distance;
  }
};

// What was not finite first.
enum class Divergence { none, loss, gradient };

enum class TableId { training, heldOut, given };

// Parameters: those trained; where FISTA takes the gradient; where it looks next; and those that a
// step which diverges is undone to. Whether the last keeps its contents while a gradient of the
// whole table is made is up to the backend.
enum class Slot { current, point, trial, backup };

// The clusters that the distance term is taken to: none, those of the table, or those that
// `clusterBatch` made.
enum class Assignment { none, table, batch };

// The optimiser, in the layout of the network of the selected inputs.
struct OptimizerState {
  template <class T>
  using Values = std::vector<T, AlignedAllocator<T>>;

  Values<float> firstMoments;
  Values<float> secondMoments;
  Values<float> groupMoments;  // (S)
  std::uint64_t steps = 0;
};

// Consecutive steps. For each: forward; d (primary + beta distance) / d parameters; the optimiser;
// the penalty's proximal operator, or its subgradient before.
struct StepRun {
  TableId table = TableId::training;
  std::span<const std::uint32_t> rows;  // batch after batch; none: the table is the one batch
  std::size_t batchSize = 1;            // the last batch may be smaller
  unsigned stepsPerBatch = 1;
  Assignment assignment = Assignment::none;
  double learningRate = 1e-3;
  std::span<const double> alphas;  // of each step
  double beta = 0;
};

// `steps` adds to it; it is up to date as well where the steps end by Stopped.
struct StepTotals {
  LossParts sum;   // over the steps that did not diverge, of the objective before each
  LossParts last;  // of the last step, also of one that diverged
  std::uint64_t steps = 0;
  Divergence diverged = Divergence::none;
  bool isPartial = false;  // a step was stopped when it had moved some of the weights
};

struct Evaluation {
  TableId table = TableId::training;
  Slot slot = Slot::current;
  bool joint = false;  // with the distance to the clusters of the table
  double beta = 0;
  bool wantGradient = false;  // d (primary + beta distance) / d parameters
  bool asBatch = false;       // all rows at once and in the precision of a step
};

// x = prox(q - g / L) from point q to trial x, and what the quadratic model at q says of it.
struct ProximalMove {
  double lipschitz = 1;  // L
  double alpha = 0;
  bool firstLayerOnly = false;
};
struct ModelTerms {
  double linear = 0;   // g . (x - q)
  double squared = 0;  // |x - q|^2
};

struct KMeansRequest {
  std::size_t clusters = 0;
  unsigned restarts = 1;
  unsigned maxIterations = 300;
  double tolerance = 1e-4;
  std::uint64_t seed = 0;
  bool fromCurrent = false;  // start from the centroids of the training table
};
struct Clustering {
  double inertia = 0;
  unsigned iterations = 0;
  std::vector<float> centroids;      // (K,R)
  std::vector<std::int32_t> labels;  // (N)
};

// Sums of squared distances of H's rows: to their centroid, and to the mean of all.
struct Scatter {
  double within = 0;
  double total = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  // ---- tables
  // The memory must outlive its use. Of the training table this forgets the clusters.
  virtual void writeTable(TableId table, const Dataset& data) = 0;
  // The centroids may be those that `readClusters` has returned.
  virtual void writeClusters(TableId table, const Clusters& clusters) = 0;
  virtual Clusters readClusters() const = 0;  // of the training table; valid until the next write

  // ---- parameters and moments
  // From the host's network; all inputs are selected, with the moments that they had when all were
  // selected last.
  virtual void writeParameters() = 0;
  // To the host's network; inputs that are not selected have weights 0.
  virtual void readParameters() = 0;
  // Trains these alone, ascending, with the columns of the training table that are theirs; all
  // others have weights 0. Moments are kept, and 0 for an input that was not selected before.
  virtual void selectInputs(std::span<const std::uint32_t> inputs) = 0;
  // The selected inputs whose weights are not all exactly 0, ascending.
  virtual std::vector<std::uint32_t> liveInputs() = 0;
  virtual void copyParameters(Slot to, Slot from) = 0;
  virtual void releaseTrialSlots() = 0;  // frees `point` and `trial`
  virtual void resetMoments() = 0;       // as for a fresh optimiser; no steps are taken
  virtual void readOptimizer(OptimizerState& into) = 0;
  virtual void writeOptimizer(const OptimizerState& state) = 0;
  virtual std::uint64_t stepsTaken() const = 0;

  // ---- steps
  // Mini-batches that are worth handing to one `steps` at least.
  virtual std::size_t batchesAtOnce() const = 0;
  // The steps one after another, until one diverges: the parameters are unspecified then.
  virtual void steps(const StepRun& run, StepTotals& totals) = 0;
  // K-means, from fresh starts, on the representation of these rows of the training table; for
  // steps on them.
  virtual void clusterBatch(std::span<const std::uint32_t> rows, const KMeansRequest& request) = 0;

  // ---- the objective over a table. The training table is that of the selected inputs; other
  // tables go through the host's network, which must be up to date.
  virtual LossParts evaluate(const Evaluation& evaluation) = 0;
  virtual std::vector<double> laterNorms(Slot slot) = 0;     // |W_l|_F of l = 2, 3, ...
  virtual void addWeightDecay(Slot slot, double decay) = 0;  // gradient += decay W_l, l >= 2
  virtual void addSubgradient(double alpha) = 0;  // gradient += alpha s, s in d sparsity(current)
  virtual bool isGradientFinite() = 0;
  virtual void readGradient(Buffer<float>& into) = 0;

  // ---- accelerated proximal gradient, with the gradient that was last evaluated
  virtual ModelTerms proximalMove(const ProximalMove& move) = 0;
  // (point - trial) . (trial - current)
  virtual double ascent(bool firstLayerOnly) = 0;
  // point = trial + momentum (trial - current);  current = trial
  virtual void extrapolate(double momentum, bool firstLayerOnly) = 0;
  // W_1 = argmin_V 1/2 |V - W_1|^2 + threshold sum_j omega(v_j), V within the constraint
  virtual void prox(Slot slot, double threshold) = 0;
  // max_j of the KKT residual of the selected inputs (proximal/stationarity.h).
  virtual double residual(Slot slot, double alpha) = 0;

  // ---- all inputs, through the pass of the selected ones
  // max_j of the KKT residual, of primary + beta distance + alpha sparsity at `current`.
  virtual double kktResidual(bool joint, double alpha, double beta) = 0;
  // Inputs that are not selected for which the dual norm of g_j exceeds alpha, ascending.
  virtual std::vector<std::uint32_t> violators(bool joint, double alpha, double beta) = 0;
  // max_j of the dual norm of g_j, of primary at W_1 = 0; `linear`: without the non-linearity.
  virtual double alphaMax(bool linear) = 0;
  // Subspace iteration V (M,d) <- orth((Z V^T)^T Z) with Z (N,d) = X[:, inputs] diag(weights) of
  // all columns of the training table: reads V from the host and writes it there. The mean square
  // norm of Z V_m^T, V_m the first `kept` rows.
  virtual double principalDirections(std::span<const std::uint32_t> inputs,
                                     std::span<const float> weights, MatrixView v,
                                     std::size_t kept) = 0;

  // ---- the representation H of a table
  virtual void readRepresentation(MatrixView out) = 0;  // (N,R) of the training table
  virtual Clustering kmeans(const KMeansRequest& request) = 0;
  // The nearest of the centroids (K,R) to each row.
  virtual std::vector<std::int32_t> assign(TableId table, ConstMatrixView centroids) = 0;
  virtual Scatter scatter() = 0;  // of the training table and its clusters
};

// Makes a device that trains `network`, which the host keeps; `comm` must outlive it.
using MakeBackend = std::unique_ptr<Backend> (*)(std::shared_ptr<Network> network,
                                                 const BackendOptions& options, Communicator& comm);

}  // namespace deeptype
