#pragma once
// The processor: passes over host memory. The host's network is its memory too, so that reading and
// writing parameters copies nothing as long as all inputs are selected.
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "../../backend.h"
#include "../../data/batch.h"
#include "../../first_layer/proximal_layer.h"
#include "kmeans/kmeans.h"
#include "pace.h"
#include "selection.h"

namespace deeptype {

class CpuBackend final : public Backend {
 public:
  CpuBackend(std::shared_ptr<Network> network, const BackendOptions& options, Communicator& comm);

  void writeTable(TableId table, const Dataset& data) override;
  void writeClusters(TableId table, const Clusters& clusters) override;
  Clusters readClusters() const override { return clustersOf(TableId::training); }

  void writeParameters() override;
  void readParameters() override { selection_.writeBack(); }
  void selectInputs(std::span<const std::uint32_t> inputs) override;
  std::vector<std::uint32_t> liveInputs() override;
  void copyParameters(Slot to, Slot from) override;
  void releaseTrialSlots() override;
  void resetMoments() override { selection_.current().stepper.reset(); }
  void readOptimizer(OptimizerState& into) override { selection_.current().stepper.save(into); }
  void writeOptimizer(const OptimizerState& state) override {
    selection_.current().stepper.restore(state);
  }
  std::uint64_t stepsTaken() const override { return selection_.current().stepper.steps(); }

  std::size_t batchesAtOnce() const override { return 1; }
  void steps(const StepRun& run, StepTotals& totals) override;
  void clusterBatch(std::span<const std::uint32_t> rows, const KMeansRequest& request) override;

  LossParts evaluate(const Evaluation& evaluation) override;
  std::vector<double> laterNorms(Slot slot) override;
  void addWeightDecay(Slot slot, double decay) override;
  void addSubgradient(double alpha) override { addSubgradient(evaluated(), alpha); }
  bool isGradientFinite() override;
  void readGradient(Buffer<float>& into) override;

  ModelTerms proximalMove(const ProximalMove& move) override;
  double ascent(bool firstLayerOnly) override;
  void extrapolate(double momentum, bool firstLayerOnly) override;
  void prox(Slot slot, double threshold) override;
  double residual(Slot slot, double alpha) override;

  double kktResidual(bool joint, double alpha, double beta) override;
  std::vector<std::uint32_t> violators(bool joint, double alpha, double beta) override;
  double alphaMax(bool linear) override;
  double principalDirections(std::span<const std::uint32_t> inputs, std::span<const float> weights,
                             MatrixView v, std::size_t kept) override;

  void readRepresentation(MatrixView out) override;
  Clustering kmeans(const KMeansRequest& request) override;
  std::vector<std::int32_t> assign(TableId table, ConstMatrixView centroids) override;
  Scatter scatter() override;

 private:
  struct TableClusters {
    std::size_t count = 0;
    Buffer<float> centroids;           // (K,R)
    std::vector<std::int32_t> labels;  // (N)
  };
  // The gradient of the smooth part by the weights of some inputs.
  struct InputGradient {
    std::vector<std::uint32_t> inputs;  // ascending
    ConstMatrixView g;                  // (M,R), a row for each of these
  };
  struct Step;

  std::size_t width() const { return all_.network->layout().representation(); }  // R
  std::size_t rows() const { return all_.data.x.rows; }                          // N
  Clusters clustersOf(TableId table) const;
  Problem& problemOf(TableId table);
  Problem& evaluated() { return isGradientOfAll_ ? all_ : selection_.current(); }
  const Dataset& dataOf(TableId table);
  Network& network(Slot slot);
  std::size_t movedParameters(bool firstLayerOnly) const;
  ProximalLayer& proximal();
  void dropBackup();
  void saveBackup();

  void takeStep(const Step& step, StepTotals& totals);
  void moveByBlocks(const Step& step, StepTotals& totals);
  void moveWhole(const Step& step, StepTotals& totals);
  void addSubgradient(Problem& problem, double alpha);
  void reduceLosses(LossParts& parts, std::size_t rows);

  InputGradient inputGradient(bool joint, double alpha, double beta);
  std::vector<std::uint32_t> longGradients(bool joint, double alpha, double beta);
  double largestDualNormOf(Screening& screening) const;
  KMeansOptions kmeansOptions(const KMeansRequest& request) const;
  std::size_t gatherRanks(Buffer<float>& h);

  BackendOptions options_;
  Communicator& comm_;
  HostTerms terms_;
  Problem all_;                   // of all inputs, on the host's network
  Selection selection_;           // the problem that is trained
  bool isGradientOfAll_ = false;  // the last gradient is by the parameters of all inputs
  Dataset heldOut_, given_;
  std::array<TableClusters, 3> clusters_;  // by TableId
  std::optional<Network> point_, trial_;
  Buffer<float> backup_;
  std::optional<ProximalLayer> proximal_;
  Batch batch_;
  bool isBatchForward_ = false;  // the forward pass of `batch_` is in the workspace
  Pace pace_;
};

}  // namespace deeptype
