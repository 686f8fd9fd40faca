#pragma once
// A session that leaves out from the start the inputs whose column is 0 in every row of the
// training table, as constant columns are once they are standardised. They have no gradient, so
// that nothing would take the weights that were drawn for them: these are set to 0, and a network
// without the inputs is trained on a table without the columns. All that comes of it is equal to
// the bit to what it were if the columns had never been there.
#include "../backends/cpu/cpu_session.h"

namespace deeptype {

class NarrowedSession final : public Session {
 public:
  NarrowedSession(std::shared_ptr<Network> network, SessionOptions options);

  void load(const Dataset& data) override;
  std::size_t rows() const override { return whole_.rows(); }
  void holdOut(const Dataset& data) override;
  void state(SessionState& into) override;
  bool setState(const SessionState& state) override;
  EpochOutcome epoch(const EpochPlan& plan, const Watch& watch) override;
  SettleOutcome settle(const SettlePlan& plan, const Watch& watch) override;
  void restart(double scale, const StopFlag& stop) override;
  void resetOptimizer() override { current().resetOptimizer(); }
  ClusterOutcome cluster(const ClusterPlan& plan, const Watch& watch) override;
  void represent(MatrixView out, const StopFlag& stop) override;
  void setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels) override;
  ConstMatrixView centroids() const override { return current().centroids(); }
  std::span<const std::int32_t> clusterLabels() const override { return current().clusterLabels(); }
  std::uint64_t relabel(const StopFlag& stop) override;
  double separation(const StopFlag& stop) override;
  double alphaMax(const StopFlag& stop) override;
  double kktResidual(bool joint, double alpha, double beta, const StopFlag& stop) override;
  LossParts validate(bool joint, const StopFlag& stop) override;
  std::span<const std::int32_t> labelHeldOut(const StopFlag& stop) override;
  // Rows of the caller's may have values where the table has none: the network of all inputs.
  LossParts losses(const Dataset& batch, ConstMatrixView centroids) override;
  LossParts gradients(const Dataset& batch, ConstMatrixView centroids, double alpha, double beta,
                      Buffer<float>& gradient) override;
  StepOutcome step(const Dataset& batch, ConstMatrixView centroids, const EpochPlan& plan) override;

 private:
  // What is trained where some columns are 0: a network of the other inputs, and their columns.
  struct Narrow {
    Narrow(const Network& all, std::vector<std::uint32_t> used, const SessionOptions& options);

    std::vector<std::uint32_t> inputs;  // ascending
    std::shared_ptr<Network> network;
    CpuSession session;
    Buffer<float> x, heldOutX;
  };

  const CpuSession& current() const { return narrow_ ? narrow_->session : whole_; }
  CpuSession& current() { return narrow_ ? narrow_->session : whole_; }
  CpuSession& prepared(const StopFlag* stop);
  void prepare(const StopFlag* stop);
  void narrowHeldOut(Narrow& narrow) const;
  void writeBack();

  std::shared_ptr<Network> network_;  // of all inputs; between calls it is up to date
  SessionOptions options_;
  CpuSession whole_;
  Dataset data_;
  Dataset heldOut_;
  std::unique_ptr<Narrow> narrow_;
  bool isPrepared_ = false;  // whether the columns of the table were looked at: by the first
                             // computation, because that takes time
};

}  // namespace deeptype
