// Whole runs of the algorithm on either backend.
#include <cmath>
#include <utility>

#include "../backend_fixture.h"
#include "check.h"
#include "training/session.h"

using namespace deeptype;
using namespace deeptype::contract;

namespace {

const StopFlag kNever;
constexpr double kAlpha = 0.02, kBeta = 0.1;

struct Run {
  std::vector<double> losses;
  double alphaMax = 0, residual = 0, separation = 0;
  LossParts heldOut;
  SettleOutcome few, all;  // of settling
  double finalResidual = 0;
};

// Dense, sparse, isometric start, K-means, joint, settled, certified: on a table one of whose
// columns is 0.
Run runOn(MakeBackend make, const char* optimizer, double learningRate) {
  Table table(1), heldOut(2);
  for (std::size_t i = 0; i < kRows; ++i) table.x[i * kInputs + 5] = 0;
  SessionOptions options;
  static_cast<BackendOptions&>(options) = contract::options();
  options.optimizer = optimizer;
  options.optimizerOptions.momentum = 0.5;
  options.weightDecay = 1e-3;
  options.backend = make;
  Session session(newNetwork(), options);
  session.load(table.data());
  session.holdOut(heldOut.data());
  const Watch watch{kNever, {}};
  Run run;
  EpochPlan plan;
  plan.learningRate = learningRate;
  plan.batchSize = 16;
  const auto epochs = [&](unsigned count) {
    for (unsigned k = 0; k < count; ++k) {
      const EpochOutcome outcome = session.epoch(plan, watch);
      CHECK(!outcome.stopped && outcome.diverged == Divergence::none && outcome.steps == 4);
      run.losses.push_back(outcome.mean.total(outcome.alpha, plan.beta));
    }
  };
  epochs(3);
  run.alphaMax = session.alphaMax(kNever);
  plan.alpha = 0.2 * run.alphaMax;
  plan.alphaWarmup = 10;
  plan.checkInputs = true;
  epochs(4);
  session.startIsometrically(1, kNever);
  plan.alpha = kAlpha;
  epochs(10);
  session.cluster({.clusters = kClusters}, watch);
  plan.joint = true;
  plan.beta = kBeta;
  epochs(4);
  run.residual = session.kktResidual(true, plan.alpha, plan.beta, kNever);
  run.separation = session.separation(kNever);
  run.heldOut = session.validate(true, kNever);
  SettlePlan settle;
  settle.joint = true;
  settle.alpha = plan.alpha;
  settle.beta = plan.beta;
  settle.iterations = 5;
  run.few = session.settle(settle, watch);
  settle.iterations = 400;
  run.all = session.settle(settle, watch);
  run.finalResidual = session.kktResidual(true, settle.alpha, settle.beta, kNever);
  return run;
}

}  // namespace

// Where steps are few the two take the same path; settled until nothing moves any more, each is at
// a stationary point.
TEST(the_algorithm_runs_on_either_backend_and_ends_at_the_same_point) {
  for (const auto& [optimizer, learningRate] : {std::pair{"adam", 0.02}, std::pair{"sgd", 0.3}}) {
    const Run cpu = runOn(findBackend("cpu"), optimizer, learningRate);
    const Run reference = runOn(reference::ReferenceBackend::make, optimizer, learningRate);
    CHECK(areNear(cpu.losses, reference.losses, 2e-3));
    CHECK(isNear(cpu.alphaMax, reference.alphaMax, 1e-3));
    CHECK(isNear(cpu.residual, reference.residual, 1e-2));
    CHECK(isNear(cpu.separation, reference.separation, 2e-2));
    CHECK(areNear(cpu.heldOut, reference.heldOut, 1e-2));
    CHECK(cpu.few.iterations == 5 && reference.few.iterations == 5);
    CHECK(cpu.few.selected == reference.few.selected && cpu.few.selected < kInputs);
    CHECK(areNear(cpu.few.parts, reference.few.parts, 1e-2));
    for (const Run* run : {&cpu, &reference}) {
      CHECK(run->all.converged && !run->all.stopped);
      CHECK(run->finalResidual < 1.01 * SettlePlan().tolerance * kAlpha);
      CHECK(run->all.parts.total(kAlpha, kBeta) < run->few.parts.total(kAlpha, kBeta));
    }
  }
}
