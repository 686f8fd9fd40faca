#pragma once
// The Session that trains on the processor.
#include <optional>

#include "../../training/active_set.h"
#include "../../training/problem.h"
#include "../../training/session.h"
#include "pace.h"

namespace deeptype {

class CpuSession final : public Session {
 public:
  CpuSession(std::shared_ptr<Network> network, SessionOptions options);

  void load(const Dataset& data) override;
  std::size_t rows() const override { return all_.data.x.rows; }
  void holdOut(const Dataset& data) override { heldOut_ = data; }
  void state(SessionState& into) override;
  bool setState(const SessionState& state) override;
  EpochOutcome epoch(const EpochPlan& plan, const Watch& watch) override;
  SettleOutcome settle(const SettlePlan& plan, const Watch& watch) override;
  void restart(double scale, const StopFlag& stop) override;
  void resetOptimizer() override { active_.current().stepper.reset(); }
  ClusterOutcome cluster(const ClusterPlan& plan, const Watch& watch) override;
  void represent(MatrixView out, const StopFlag& stop) override;
  void setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels) override;
  ConstMatrixView centroids() const override { return centroids_.view(clusters_, width()); }
  std::span<const std::int32_t> clusterLabels() const override { return labels_; }
  std::uint64_t relabel(const StopFlag& stop) override;
  double separation(const StopFlag& stop) override;
  double alphaMax(const StopFlag& stop) override;
  double kktResidual(bool joint, double alpha, double beta, const StopFlag& stop) override;
  LossParts validate(bool joint, const StopFlag& stop) override;
  std::span<const std::int32_t> labelHeldOut(const StopFlag& stop) override;
  LossParts losses(const Dataset& batch, ConstMatrixView centroids) override;
  LossParts gradients(const Dataset& batch, ConstMatrixView centroids, double alpha, double beta,
                      Buffer<float>& gradient) override;
  StepOutcome step(const Dataset& batch, ConstMatrixView centroids, const EpochPlan& plan) override;
  // Says that the weights are others than the session has left them.
  void networkChanged();

 private:
  // The rows of a mini-batch, copied together; X only where they do not lie so in the table.
  struct Batch {
    Buffer<float> x;
    Buffer<float> values;
    Buffer<float> weights;
    std::vector<std::int32_t> classes;
    std::vector<std::int32_t> labels;
  };

  std::size_t width() const { return all_.network->layout().representation(); }
  std::optional<Centers> currentCenters(bool joint) const;
  Dataset gather(const Dataset& data, std::span<const std::uint32_t> rows);
  // After the forward pass of the batch.
  StepOutcome takeStep(Problem& problem, const Dataset& batch, const Centers* centers,
                       const EpochPlan& plan, unsigned threads);
  void addSubgradient(const Network& network, double alpha, Buffer<float>& gradient) const;
  void runBatches(const EpochPlan& plan, const Watch& watch, EpochOutcome& outcome);
  void drawOrder(bool isShuffled);
  void runBatch(Problem& problem, const EpochPlan& plan, const Watch& watch,
                std::span<const std::uint32_t> rows, EpochOutcome& outcome);
  void keepWeights(Problem& problem);
  void takeBack(Problem& problem);
  void settleLive(const SettlePlan& plan, const Watch& watch, SettleOutcome& outcome);
  ClusterOutcome clusterTable(const ClusterPlan& plan);
  void represent(MatrixView out);
  std::uint64_t relabelTable();
  double separationOfTable();
  double residualOf(bool joint, double alpha, double beta);
  LossParts heldOutLosses(bool joint);
  void labelHeldOut();
  void updateActiveSet(bool check, bool joint, double alpha, double beta);
  Centers clusterBatch(Problem& problem, const Dataset& batch, const ClusterPlan& plan);
  KMeansOptions kmeansOptions(const ClusterPlan& plan);
  std::optional<Centers> nearest(const Dataset& batch, ConstMatrixView centroids);
  double alphaAt(const Problem& problem, const EpochPlan& plan) const;

  SessionOptions options_;
  Problem all_;       // of all inputs; between calls its network is up to date
  ActiveSet active_;  // the problem that is trained
  Pace pace_;
  Buffer<float> snapshot_;  // the weights at the start of an epoch
  LossParts sum_;           // over the steps of an epoch
  bool isMoving_ = false;   // whether a step has moved weights, and not all
  Batch batch_;
  std::vector<std::uint32_t> order_;
  double lipschitz_ = 1;           // what settling has learned of the curvature
  std::uint64_t epochs_ = 0;       // keys the shuffles
  std::uint64_t clusterings_ = 0;  // keys the K-means starts
  std::size_t clusters_ = 0;
  Buffer<float> centroids_;           // (K,R)
  std::vector<std::int32_t> labels_;  // (N)
  Buffer<float> batchCentroids_;
  Dataset heldOut_;
  std::vector<std::int32_t> heldOutLabels_;
};

}  // namespace deeptype
