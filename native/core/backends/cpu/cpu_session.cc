#include "cpu_session.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "../../math/finite.h"
#include "../../training/fista.h"
#include "../../training/restart.h"
#include "../../training/stationarity.h"

namespace deeptype {
namespace {

// Whether a session of this layout and number of rows can take the state.
bool fits(const SessionState& state, const Layout& layout, std::size_t rows) {
  const auto& inputs = state.activeInputs;
  const auto isInput = [&](std::int32_t j) {
    return j >= 0 && static_cast<std::size_t>(j) < layout.inputs();
  };
  if (!std::all_of(inputs.begin(), inputs.end(), isInput) ||
      std::adjacent_find(inputs.begin(), inputs.end(), std::greater_equal<>()) != inputs.end())
    return false;
  std::vector<std::size_t> widths = layout.widths();
  if (!inputs.empty()) widths[0] = inputs.size();
  const std::size_t moments = Layout(widths, layout.hasSkip()).size();
  const std::size_t clusters = state.centroids.size() / layout.representation();
  const auto isCluster = [&](std::int32_t k) {
    return k >= 0 && static_cast<std::size_t>(k) < clusters;
  };
  return state.parameters.size() == layout.size() && state.firstMoments.size() == moments &&
         state.secondMoments.size() == moments && state.groupMoments.size() == widths[0] &&
         state.centroids.size() == clusters * layout.representation() &&
         (clusters == 0 ? state.labels.empty() : state.labels.size() == rows) &&
         std::all_of(state.labels.begin(), state.labels.end(), isCluster) &&
         allFinite<float>(state.parameters) && allFinite<float>(state.centroids) &&
         std::isfinite(state.lipschitz) && state.lipschitz > 0;
}

}  // namespace

CpuSession::CpuSession(std::shared_ptr<Network> network, SessionOptions options)
    : options_(std::move(options)),
      all_(std::move(network), options_),
      active_(all_, options_),
      pace_(options_.threads, all_.network->layout().isSmall()) {}

void CpuSession::load(const Dataset& data) {
  active_.reset();
  all_.data = data;
  all_.stepper.reset();
  order_.resize(data.x.rows);
  lipschitz_ = 1;
  clusters_ = 0;
  labels_.clear();
  epochs_ = 0;
  clusterings_ = 0;
  heldOut_ = {};
}

// ---- the state

void CpuSession::state(SessionState& into) {
  const auto parameters = std::as_const(*all_.network).parameters().span();
  into.parameters.assign(parameters.begin(), parameters.end());
  into.activeInputs.assign(active_.inputs().begin(), active_.inputs().end());
  active_.current().stepper.save(into);
  into.lipschitz = lipschitz_;
  into.epochs = epochs_;
  into.clusterings = clusterings_;
  into.centroids.assign(centroids_.begin(), centroids_.begin() + clusters_ * width());
  into.labels.assign(labels_.begin(), labels_.end());
}

bool CpuSession::setState(const SessionState& state) {
  if (!fits(state, all_.network->layout(), rows())) return false;
  all_.network->parameters().copyFrom(state.parameters);
  active_.restrict({state.activeInputs.begin(), state.activeInputs.end()});
  active_.current().stepper.restore(state);
  lipschitz_ = state.lipschitz;
  epochs_ = state.epochs;
  clusterings_ = state.clusterings;
  clusters_ = state.centroids.size() / width();
  centroids_.copyFrom(state.centroids);
  labels_.assign(state.labels.begin(), state.labels.end());
  return true;
}

// ---- the whole table

SettleOutcome CpuSession::settle(const SettlePlan& plan, const Watch& watch) {
  const StopScope scope(&watch.stop);
  SettleOutcome outcome;
  if (!completes([&] { settleLive(plan, watch, outcome); })) {
    outcome.stopped = true;
    outcome.converged = false;
  }
  active_.writeBack();
  outcome.selected = all_.network->selectedInputs();
  return outcome;
}

// Settles the live inputs until those left out may stay so.
void CpuSession::settleLive(const SettlePlan& plan, const Watch& watch, SettleOutcome& outcome) {
  snapshot_.clear();
  const auto centers = currentCenters(plan.joint);
  const Centers* const drawn = centers ? &*centers : nullptr;
  updateActiveSet(false, plan.joint, plan.alpha, plan.beta);
  SettlePlan rest = plan;
  for (bool isOver = false; !isOver;) {
    std::size_t violators = 0;
    const auto interrupt = [&] {
      violators = active_.violators(drawn, plan.alpha, plan.beta);
      return violators > 0;
    };
    const unsigned before = outcome.iterations;
    outcome =
        deeptype::settle(active_.withTable(), drawn, options_, rest, watch, interrupt, lipschitz_);
    rest.iterations -= std::min(rest.iterations, outcome.iterations);
    outcome.iterations += before;
    if (outcome.stopped || outcome.diverged != Divergence::none) return;
    // What was settled without an input holds only if that input may stay out.
    if (violators == 0) active_.violators(drawn, plan.alpha, plan.beta);
    isOver = active_.readmit() == 0 || rest.iterations == 0;
    if (!isOver) outcome.converged = false;
  }
}

void CpuSession::restart(double scale, const StopFlag& stop) {
  const StopScope scope(&stop);
  const auto restarted = [&] {
    isometricRestart(*all_.network, all_.data.x, scale, options_.seed, options_.threads);
  };
  if (!completes(restarted)) return;
  const StopScope none(nullptr);  // what follows belongs to it
  active_.reset();
  ProximalLayer(*options_.penalty, options_.constraint, all_.network->layout().out(0))(
      all_.network->groups(), 0, options_.threads);
  all_.stepper.reset();
  if (options_.activeSet && options_.proximal) active_.drop();
}

double CpuSession::alphaMax(const StopFlag& stop) {
  const StopScope scope(&stop);
  snapshot_.clear();
  double weight = 0;
  completes(
      [&] { weight = deeptype::alphaMax(*all_.network, all_.data, options_, all_.gradient); });
  return weight;
}

double CpuSession::kktResidual(bool joint, double alpha, double beta, const StopFlag& stop) {
  const StopScope scope(&stop);
  double residual = 0;
  completes([&] { residual = residualOf(joint, alpha, beta); });
  return residual;
}

double CpuSession::residualOf(bool joint, double alpha, double beta) {
  snapshot_.clear();
  const auto centers = currentCenters(joint);
  ProximalLayer proximal(*options_.penalty, options_.constraint, all_.network->layout().out(0));
  // What a constraint makes of a row depends on others: all are wanted.
  const double least = proximal.isBounded() ? 0 : alpha;
  const auto [inputs, g] = active_.inputGradient(centers ? &*centers : nullptr, least, beta);
  const ConstMatrixView all = std::as_const(*all_.network).groups();
  if (inputs.size() == all.rows)
    return firstLayerResidual(all, g, proximal, alpha, options_.threads);
  Buffer<float> w(g.size());  // the inputs that are missing are empty, and may stay so
  for (std::size_t k = 0; k < inputs.size(); ++k)
    std::copy_n(all.row(inputs[k]), all.columns, w.data() + k * all.columns);
  return firstLayerResidual(w.view(g.rows, g.columns), g, proximal, alpha, options_.threads);
}

// ---- rows of the caller's

LossParts CpuSession::validate(bool joint, const StopFlag& stop) {
  const StopScope scope(&stop);
  LossParts parts;
  completes([&] { parts = heldOutLosses(joint); });
  return parts;
}

std::span<const std::int32_t> CpuSession::labelHeldOut(const StopFlag& stop) {
  const StopScope scope(&stop);
  completes([&] { labelHeldOut(); });
  return heldOutLabels_;
}

void CpuSession::labelHeldOut() {
  const std::vector<double> exact = toDouble(centroids());
  heldOutLabels_.resize(heldOut_.x.rows);
  Workspace& workspace = all_.objective.workspace();
  forChunks(heldOut_.x.rows, [&](std::size_t begin, std::size_t count) {
    workspace.forward(*all_.network, heldOut_.x.rowRange(begin, count), options_.threads);
    assignNearest(workspace.representation(), {exact.data(), clusters_, width()},
                  heldOutLabels_.data() + begin, options_.threads);
  });
}

LossParts CpuSession::heldOutLosses(bool joint) {
  std::optional<Centers> centers;
  if (joint && clusters_ > 0) {
    labelHeldOut();
    centers = Centers{centroids(), heldOutLabels_.data()};
  }
  LossParts parts = all_.objective.table(*all_.network, heldOut_, centers ? &*centers : nullptr, 0,
                                         nullptr, options_.threads);
  parts.sparsity = all_.objective.sparsity(*all_.network, options_.threads);
  return parts;
}

std::optional<Centers> CpuSession::nearest(const Dataset& batch, ConstMatrixView centroids) {
  if (centroids.rows == 0) return std::nullopt;
  all_.objective.workspace().forward(*all_.network, batch.x, options_.threads);
  const std::vector<double> exact = toDouble(centroids);
  batch_.labels.resize(batch.x.rows);
  assignNearest(all_.objective.workspace().representation(),
                View<const double>{exact.data(), centroids.rows, centroids.columns},
                batch_.labels.data(), options_.threads);
  return Centers{centroids, batch_.labels.data()};
}

LossParts CpuSession::losses(const Dataset& batch, ConstMatrixView centroids) {
  const auto centers = nearest(batch, centroids);
  LossParts parts = all_.objective.table(*all_.network, batch, centers ? &*centers : nullptr, 0,
                                         nullptr, options_.threads);
  parts.sparsity = all_.objective.sparsity(*all_.network);
  return parts;
}

LossParts CpuSession::gradients(const Dataset& batch, ConstMatrixView centroids, double alpha,
                                double beta, Buffer<float>& gradient) {
  const auto centers = nearest(batch, centroids);
  gradient.resize(all_.network->layout().size());
  gradient.fill(0);
  LossParts parts = all_.objective.batch(*all_.network, batch, centers ? &*centers : nullptr, beta,
                                         &gradient, options_.threads);
  parts.sparsity = all_.objective.sparsity(*all_.network);
  addSubgradient(*all_.network, alpha, gradient);
  return parts;
}

StepOutcome CpuSession::step(const Dataset& batch, ConstMatrixView centroids,
                             const EpochPlan& plan) {
  const auto centers = nearest(batch, centroids);
  networkChanged();
  keepWeights(all_);
  all_.objective.stepForward(*all_.network, batch, options_.threads);
  const StepOutcome outcome =
      takeStep(all_, batch, centers ? &*centers : nullptr, plan, options_.threads);
  if (outcome.diverged != Divergence::none) takeBack(all_);
  return outcome;
}

void CpuSession::networkChanged() {
  active_.reset();
  all_.stepper.forgetSparsity();
}

}  // namespace deeptype
