#pragma once
// A backend to compare others with: plain loops in float64; only the terms' own formulas are the
// host's. It keeps all inputs, of which those that are not selected have no gradient.
#include <algorithm>
#include <array>
#include <vector>

#include "backend.h"
#include "data/batch.h"
#include "reference_network.h"

namespace deeptype::reference {

class ReferenceBackend final : public Backend {
 public:
  ReferenceBackend(std::shared_ptr<Network> network, const BackendOptions& options, Communicator&);
  static std::unique_ptr<Backend> make(std::shared_ptr<Network> network,
                                       const BackendOptions& options, Communicator& comm) {
    return std::make_unique<ReferenceBackend>(std::move(network), options, comm);
  }

  void writeTable(TableId table, const Dataset& data) override;
  void writeClusters(TableId table, const Clusters& clusters) override;
  Clusters readClusters() const override { return clustersOf(TableId::training); }

  void writeParameters() override;
  void readParameters() override;
  void selectInputs(std::span<const std::uint32_t> inputs) override;
  std::vector<std::uint32_t> liveInputs() override;
  void copyParameters(Slot to, Slot from) override { slot(to) = slot(from); }
  void releaseTrialSlots() override {}
  void resetMoments() override;
  void readOptimizer(OptimizerState& into) override;
  void writeOptimizer(const OptimizerState& state) override;
  std::uint64_t stepsTaken() const override { return moments_.steps; }

  std::size_t batchesAtOnce() const override { return 3; }
  void steps(const StepRun& run, StepTotals& totals) override;
  void clusterBatch(std::span<const std::uint32_t> rows, const KMeansRequest& request) override;

  LossParts evaluate(const Evaluation& evaluation) override;
  std::vector<double> laterNorms(Slot at) override;
  void addWeightDecay(Slot at, double decay) override;
  void addSubgradient(double alpha) override;
  bool isGradientFinite() override;
  void readGradient(Buffer<float>& into) override { into = toFloat(gradient_); }

  ModelTerms proximalMove(const ProximalMove& move) override;
  double ascent(bool firstLayerOnly) override;
  void extrapolate(double momentum, bool firstLayerOnly) override;
  void prox(Slot at, double threshold) override;
  double residual(Slot at, double alpha) override;

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
  struct Table {
    Dataset data;
    std::vector<float> centroids;
    std::vector<std::int32_t> labels;
  };
  struct Moments {
    Vector first, second, group;
    std::uint64_t steps = 0;
  };

  Vector& slot(Slot at) { return slots_[static_cast<std::size_t>(at)]; }
  Table& table(TableId id) { return tables_[static_cast<std::size_t>(id)]; }
  Clusters clustersOf(TableId id) const;
  std::size_t width() const { return layout_.representation(); }
  std::size_t groupWidth() const { return layout_.groupWidth(); }
  std::size_t moved(bool firstLayerOnly) const {
    return firstLayerOnly ? layout_.inputs() * groupWidth() : layout_.size();
  }
  std::span<double> group(Vector& p, std::size_t j) const {
    return std::span(p).subspan(j * groupWidth(), groupWidth());
  }
  // The groups of p in float32 as body(groups) leaves them.
  template <class Body>
  void onGroups(Vector& p, Body body) {
    Buffer<float> w = toFloat(std::span(p).first(moved(true)));
    body(w.view(layout_.inputs(), groupWidth()));
    std::copy(w.begin(), w.end(), p.begin());
  }
  // visit(place in the layout of the selected inputs, place in that of all)
  template <class Visit>
  std::size_t forSelected(Visit visit) const;
  Pass pass(TableId id) {
    return forwardPass(layout_, slot(Slot::current), table(id).data.x, host_->activation());
  }
  LossParts objective(const Vector& p, const Dataset& data, const Clusters* clusters, double beta,
                      const Activation& activation, Vector* gradient);
  double dualNorm(std::size_t j);
  void maskGradient();
  void step(const Dataset& data, const Clusters* clusters, const StepRun& run, double alpha,
            StepTotals& totals);
  void update(double rate, double alpha);
  double stepOf(std::size_t at, double slope, double rate);
  void updateGroup(std::size_t j, double rate, double alpha);
  Clustering cluster(const Matrix& h, const KMeansRequest& request, ConstMatrixView start) const;

  std::shared_ptr<Network> host_;
  BackendOptions options_;
  HostTerms terms_;
  Layout layout_;
  std::array<Table, 3> tables_;
  std::array<Vector, 4> slots_;
  std::vector<bool> isSelected_;
  bool isWhole_ = true;  // all inputs are selected
  Vector gradient_;
  Moments moments_, whole_;  // of the selected inputs; of all, when they were selected last
  Batch batch_;
};

}  // namespace deeptype::reference
