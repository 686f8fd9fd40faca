#pragma once
// DeepType on one training table: a network, the objective it is trained on, and the long
// computations on them. TypeScript decides the phases and calls one of these an epoch; the loop
// over mini-batches never leaves this class. What a computation does is written once, in the files
// beside this one; the passes over memory are the backend's (backend.h), the sums over processes
// the communicator's (comm/).
//
// Where a computation that the stop flag cuts short has no `stopped` to say so, its result is
// unspecified and nothing has changed.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "context.h"
#include "session_state.h"
#include "used_inputs.h"

namespace deeptype {

class Session {
 public:
  Session(std::shared_ptr<Network> network, SessionOptions options);

  // Hands over the training table; the memory must outlive its use. Forgets clusters and moments.
  void load(const Dataset& data);
  std::size_t rows() const { return whole_.rows; }
  // Hands over rows that are not trained on, for `validate`; the memory must outlive its use.
  void holdOut(const Dataset& data);

  void state(SessionState& into);
  bool setState(const SessionState& state);

  EpochOutcome epoch(const EpochPlan& plan, const Watch& watch);
  SettleOutcome settle(const SettlePlan& plan, const Watch& watch);
  // Gives the network a start that keeps the geometry of its live inputs, see isometric_start.h.
  void startIsometrically(double scale, const StopFlag& stop);
  void resetOptimizer() { current().backend->resetMoments(); }

  ClusterOutcome cluster(const ClusterPlan& plan, const Watch& watch);
  void represent(MatrixView out, const StopFlag& stop);  // (N,R)
  void setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels);
  // Gives every row of the table its nearest centroid; returns how many changed cluster.
  std::uint64_t relabel(const StopFlag& stop);
  // Between- over within-cluster scatter of the representation: how crisp the clusters are.
  double separation(const StopFlag& stop);
  // (K,R); empty before clustering
  ConstMatrixView centroids() const { return current().backend->readClusters().centroids; }
  // (N)
  std::span<const std::int32_t> clusterLabels() const {
    return current().backend->readClusters().labels;
  }

  // alpha_max, see objective.h.
  double alphaMax(const StopFlag& stop);
  // Largest residual over the inputs of the first layer's stationarity conditions.
  double kktResidual(bool joint, double alpha, double beta, const StopFlag& stop);

  // Of the rows held out, as of one table; where there are clusters and `joint`, each is drawn to
  // its nearest centroid.
  LossParts validate(bool joint, const StopFlag& stop);
  // The nearest centroid of each of them; there must be clusters.
  std::span<const std::int32_t> labelHeldOut(const StopFlag& stop);

  // On rows of the caller's, as one batch; `centroids` may be empty, else each sample is drawn to
  // its nearest row. They may have values where the training table has none: through the network
  // of all inputs. gradient: of alpha sparsity (subgradient) + primary + beta distance.
  LossParts losses(const Dataset& batch, ConstMatrixView centroids);
  LossParts gradients(const Dataset& batch, ConstMatrixView centroids, double alpha, double beta,
                      Buffer<float>& gradient);
  // One that diverges leaves the weights as they were, and forgets the moments.
  StepOutcome step(const Dataset& batch, ConstMatrixView centroids, const EpochPlan& plan);

 private:
  TrainingContext& current() { return used_ ? used_->context() : whole_; }
  const TrainingContext& current() const { return used_ ? used_->context() : whole_; }
  TrainingContext& prepared(const StopFlag* stop);
  void prepare();
  void give(const Dataset& batch, ConstMatrixView centroids);
  void labelHeldOutRows();
  // Runs body(context) on what is trained, under the flag; whether it came to its end.
  template <class Body>
  bool compute(const StopFlag& stop, Body body);
  void readNetwork();

  SessionOptions options_;
  TrainingContext whole_;             // of all inputs
  std::unique_ptr<UsedInputs> used_;  // what is trained, where columns of the table are 0
  bool isPrepared_ = false;  // whether they were looked at: by the first computation, because that
                             // takes time
  Dataset training_;
  Dataset heldOut_;
  std::vector<std::int32_t> heldOutLabels_;
};

}  // namespace deeptype
