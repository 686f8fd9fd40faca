#include "session.h"

#include <algorithm>

#include "../comm/single.h"
#include "clusters.h"
#include "epoch.h"
#include "fista.h"
#include "isometric_start.h"
#include "objective.h"

namespace deeptype {
namespace {

SessionOptions withCommunicator(SessionOptions options) {
  if (!options.communicator) options.communicator = std::make_shared<SingleProcess>();
  return options;
}

void loadTable(TrainingContext& context, const Dataset& data) {
  context.active.reset();
  context.backend->writeTable(TableId::training, data);
  context.backend->resetMoments();
  context.rows = data.x.rows;
  context.order.resize(data.x.rows);
  context.lipschitz = 1;
  context.epochs = 0;
  context.clusterings = 0;
}

}  // namespace

Session::Session(std::shared_ptr<Network> network, SessionOptions options)
    : options_(withCommunicator(std::move(options))), whole_(std::move(network), options_) {}

template <class Body>
bool Session::compute(const StopFlag& stop, Body body) {
  TrainingContext& context = prepared(&stop);
  const StopScope scope(flagOfPasses(context.comm(), stop));
  // The host may have changed its network since the last call.
  if (context.active.inputs().empty()) context.backend->writeParameters();
  return completes([&] { body(context); });
}

// ---- tables

void Session::load(const Dataset& data) {
  used_.reset();
  loadTable(whole_, data);
  training_ = data;
  whole_.backend->writeTable(TableId::heldOut, {});
  heldOut_ = {};
  isPrepared_ = false;
}

void Session::holdOut(const Dataset& data) {
  whole_.backend->writeTable(TableId::heldOut, data);
  heldOut_ = data;
  if (used_) used_->context().backend->writeTable(TableId::heldOut, used_->heldOut(heldOut_));
}

// What trains the table that is loaded, or where the flag cut that short what will stop.
TrainingContext& Session::prepared(const StopFlag* stop) {
  if (!isPrepared_ && rows() > 0) {
    const StopScope scope(stop ? flagOfPasses(whole_.comm(), *stop) : nullptr);
    completes([&] { prepare(); });
  }
  return current();
}

void Session::prepare() {
  const std::vector<std::uint32_t> unused = zeroColumns(training_.x, whole_.comm());
  if (!unused.empty()) {
    const MatrixView w = whole_.network->groups();
    for (const std::uint32_t j : unused) std::ranges::fill(w.rowSpan(j), 0.0f);
    auto used = std::make_unique<UsedInputs>(*whole_.network, unused, options_);
    loadTable(used->context(), used->training(training_));
    if (heldOut_.x.data)
      used->context().backend->writeTable(TableId::heldOut, used->heldOut(heldOut_));
    used_ = std::move(used);
  }
  isPrepared_ = true;
}

// Brings the network of all inputs up to date.
void Session::readNetwork() {
  current().backend->readParameters();
  if (used_) used_->writeTo(*whole_.network);
}

void Session::state(SessionState& into) { capture(prepared(nullptr), into); }

bool Session::setState(const SessionState& state) {
  const bool fits = restore(prepared(nullptr), state);
  readNetwork();
  return fits;
}

// ---- training

EpochOutcome Session::epoch(const EpochPlan& plan, const Watch& watch) {
  EpochOutcome outcome;
  compute(watch.stop, [&](TrainingContext& context) { outcome = runEpoch(context, plan, watch); });
  readNetwork();
  return outcome;
}

SettleOutcome Session::settle(const SettlePlan& plan, const Watch& watch) {
  SettleOutcome outcome;
  const bool isWhole = compute(watch.stop, [&](TrainingContext& context) {
    deeptype::settle(context, plan, watch, outcome);
  });
  if (!isWhole) {
    outcome.stopped = true;
    outcome.converged = false;
  }
  readNetwork();
  outcome.selected = current().network->selectedInputs();
  return outcome;
}

void Session::startIsometrically(double scale, const StopFlag& stop) {
  compute(stop, [&](TrainingContext& context) {
    isometricStart(*context.network, *context.backend, scale, options_.seed);
    const StopScope none(nullptr);  // what follows belongs to it
    context.active.reset();
    context.backend->prox(Slot::current, 0);
    context.backend->resetMoments();
    context.backend->readParameters();
    if (options_.activeSet && options_.proximal) context.active.drop();
  });
  readNetwork();
}

// ---- clusters

ClusterOutcome Session::cluster(const ClusterPlan& plan, const Watch& watch) {
  ClusterOutcome outcome;
  outcome.stopped = !compute(
      watch.stop, [&](TrainingContext& context) { outcome = clusterTable(context, plan); });
  return outcome;
}

void Session::represent(MatrixView out, const StopFlag& stop) {
  compute(stop, [&](TrainingContext& context) { context.backend->readRepresentation(out); });
}

void Session::setClusters(ConstMatrixView centroids, std::span<const std::int32_t> labels) {
  prepared(nullptr).backend->writeClusters(TableId::training, {centroids, labels});
}

std::uint64_t Session::relabel(const StopFlag& stop) {
  std::uint64_t changed = 0;
  compute(stop, [&](TrainingContext& context) { changed = relabelTable(context); });
  return changed;
}

double Session::separation(const StopFlag& stop) {
  double ratio = 0;
  compute(stop, [&](TrainingContext& context) { ratio = separationOfTable(context); });
  return ratio;
}

// ---- the certificate

double Session::alphaMax(const StopFlag& stop) {
  double alpha = 0;
  compute(stop, [&](TrainingContext& context) { alpha = deeptype::alphaMax(*context.backend); });
  return alpha;
}

double Session::kktResidual(bool joint, double alpha, double beta, const StopFlag& stop) {
  double residual = 0;
  compute(stop, [&](TrainingContext& context) {
    residual = context.backend->kktResidual(joint, alpha, beta);
  });
  return residual;
}

// ---- rows that are not trained on

LossParts Session::validate(bool joint, const StopFlag& stop) {
  LossParts parts;
  compute(stop, [&](TrainingContext& context) {
    const bool isJoint = joint && context.backend->readClusters().centroids.rows > 0;
    if (isJoint) {
      labelHeldOutRows();
      context.backend->writeClusters(TableId::heldOut, {centroids(), heldOutLabels_});
    }
    parts = context.backend->evaluate({TableId::heldOut, Slot::current, isJoint});
  });
  return parts;
}

std::span<const std::int32_t> Session::labelHeldOut(const StopFlag& stop) {
  compute(stop, [&](TrainingContext&) { labelHeldOutRows(); });
  return heldOutLabels_;
}

void Session::labelHeldOutRows() {
  heldOutLabels_ = current().backend->assign(TableId::heldOut, centroids());
}

void Session::give(const Dataset& batch, ConstMatrixView centroids) {
  Backend& backend = *whole_.backend;
  backend.writeTable(TableId::given, batch);
  if (centroids.rows == 0) return;
  const std::vector<std::int32_t> labels = backend.assign(TableId::given, centroids);
  backend.writeClusters(TableId::given, {centroids, labels});
}

LossParts Session::losses(const Dataset& batch, ConstMatrixView centroids) {
  give(batch, centroids);
  return whole_.backend->evaluate({TableId::given, Slot::current, centroids.rows > 0});
}

LossParts Session::gradients(const Dataset& batch, ConstMatrixView centroids, double alpha,
                             double beta, Buffer<float>& gradient) {
  give(batch, centroids);
  const LossParts parts = whole_.backend->evaluate(
      {TableId::given, Slot::current, centroids.rows > 0, beta, true, true});
  whole_.backend->addSubgradient(alpha);
  whole_.backend->readGradient(gradient);
  return parts;
}

StepOutcome Session::step(const Dataset& batch, ConstMatrixView centroids, const EpochPlan& plan) {
  Backend& backend = *whole_.backend;
  give(batch, centroids);
  whole_.active.reset();
  backend.copyParameters(Slot::backup, Slot::current);
  const double alpha = alphaAt(plan.alpha, plan.alphaWarmup, backend.stepsTaken());
  StepRun run;
  run.table = TableId::given;
  run.assignment = centroids.rows > 0 ? Assignment::table : Assignment::none;
  run.learningRate = plan.learningRate;
  run.alphas = {&alpha, 1};
  run.beta = plan.beta;
  StepTotals totals;
  backend.steps(run, totals);
  if (totals.diverged != Divergence::none) whole_.rollback();
  backend.readParameters();
  if (used_) {
    used_->readFrom(*whole_.network);
    used_->context().active.reset();
  }
  return {totals.last, totals.diverged};
}

}  // namespace deeptype
