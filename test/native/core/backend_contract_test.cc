// What every backend does, and that what it computes is what the reference backend computes.
#include <algorithm>
#include <limits>

#include "backend_fixture.h"
#include "check.h"

using namespace deeptype;
using namespace deeptype::contract;

namespace {

// The CPU and the reference backend with the same problem.
struct Pair {
  explicit Pair(const BackendOptions& given = options(), bool hasSkip = false)
      : cpu(findBackend("cpu"), given, hasSkip),
        reference(reference::ReferenceBackend::make, given, hasSkip) {}
  template <class Body>
  void each(Body body) {
    body(cpu);
    body(reference);
  }
  bool agree() const { return areNear(cpu.parameters(), reference.parameters(), 1e-3); }
  Subject cpu, reference;
};

}  // namespace

TEST(contract_losses_and_gradients_agree) {
  for (const bool hasSkip : {false, true})
    for (const TableId table : {TableId::training, TableId::heldOut})
      for (const bool joint : {false, true})
        for (const bool asBatch : {false, true}) {
          Pair pair(options(), hasSkip);
          const Evaluation evaluation{table, Slot::current, joint, 0.7, true, asBatch};
          CHECK(areNear(pair.cpu->evaluate(evaluation), pair.reference->evaluate(evaluation)));
          CHECK(areNear(pair.cpu.gradient(), pair.reference.gradient()));
        }
}

TEST(contract_a_gradient_is_the_slope_of_the_loss) {
  for (const MakeBackend make : backends()) {
    Subject s(make);
    constexpr double beta = 0.7, h = 1e-2;
    s->evaluate({TableId::training, Slot::current, true, beta, true});
    const std::vector<float> g = s.gradient();
    const auto lossAt = [&](std::size_t i, double by) {
      s.network->parameters()[i] += static_cast<float>(by);
      s->writeParameters();
      const LossParts parts = s->evaluate({TableId::training, Slot::current, true});
      s.network->parameters()[i] -= static_cast<float>(by);
      return parts.total(0, beta);
    };
    const Layout& layout = s.network->layout();
    for (std::size_t l = 0; l < layout.layers(); ++l)
      for (const std::size_t i : {layout.weightOffset(l), layout.biasOffset(l) + 1})
        CHECK(std::abs((lossAt(i, h) - lossAt(i, -h)) / (2 * h) - g[i]) < 2e-3);
  }
}

TEST(contract_weight_decay_and_subgradient_are_added_to_the_gradient) {
  Pair pair;
  pair.each([](Subject& s) {
    s->evaluate({.wantGradient = true});
    s->addWeightDecay(Slot::current, 0.1);
    s->addSubgradient(0.2);
    CHECK(s->isGradientFinite());
  });
  CHECK(areNear(pair.cpu.gradient(), pair.reference.gradient()));
  CHECK(areNear(pair.cpu->laterNorms(Slot::current), pair.reference->laterNorms(Slot::current)));
}

TEST(contract_steps_agree) {
  struct Variant {
    const char* optimizer;
    bool proximal;
    double maxGradientNorm;
    bool isBounded;
  };
  const double none = std::numeric_limits<double>::infinity();
  for (const Variant& v : {Variant{"adam", true, none, false}, Variant{"adam", false, none, false},
                           Variant{"sgd", true, none, false}, Variant{"sgd", false, 0.1, false},
                           Variant{"adam", true, 0.1, true}}) {
    BackendOptions given = options();
    given.optimizer = v.optimizer;
    given.optimizerOptions.momentum = 0.5;
    given.proximal = v.proximal;
    given.maxGradientNorm = v.maxGradientNorm;
    given.weightDecay = 0.01;
    if (v.isBounded) given.constraint = Constraint{Norm::l2, Axis::input, 0.3};
    for (const Assignment assignment : {Assignment::none, Assignment::table}) {
      Pair pair(given);
      StepRun run;
      run.assignment = assignment;
      run.learningRate = 0.01;
      run.beta = 0.5;
      run.stepsPerBatch = 2;
      StepTotals totals[2];
      totals[0] = pair.cpu.step(run, 0.05, 3);
      totals[1] = pair.reference.step(run, 0.05, 3);
      CHECK(totals[0].steps == 18 && totals[1].steps == 18);
      CHECK(totals[0].diverged == Divergence::none && !totals[0].isPartial);
      CHECK(areNear(totals[0].sum, totals[1].sum, 1e-3));
      CHECK(areNear(totals[0].last, totals[1].last, 1e-3));
      CHECK(pair.agree());
    }
  }
}

TEST(contract_steps_at_once_are_steps_one_by_one) {
  for (const MakeBackend make : backends()) {
    Subject together(make), apart(make);
    StepRun run;
    run.learningRate = 0.01;
    together.step(run, 0.05, 2);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < kRows; ++i) rows.push_back(i * 7 % kRows);
    const double alpha = 0.05;
    StepTotals totals;
    for (unsigned epoch = 0; epoch < 2; ++epoch)
      for (std::size_t begin = 0; begin < kRows; begin += kRows / 3) {
        run.rows = std::span(rows).subspan(begin, kRows / 3);
        run.batchSize = kRows / 3;
        run.alphas = {&alpha, 1};
        apart->steps(run, totals);
      }
    CHECK(together->stepsTaken() == 6 && apart->stepsTaken() == 6);
    CHECK(together.parameters() == apart.parameters());
  }
}

TEST(contract_a_step_of_a_table_is_one_of_all_its_rows) {
  Pair pair;
  pair.each([](Subject& s) {
    s->writeTable(TableId::given, s.heldOut.data());
    const double alpha = 0.05;
    StepRun run;
    run.table = TableId::given;
    run.alphas = {&alpha, 1};
    StepTotals totals;
    s->steps(run, totals);
    CHECK(totals.steps == 1);
  });
  CHECK(pair.agree());
}

TEST(contract_what_diverges_is_told_and_undone) {
  for (const MakeBackend make : backends()) {
    Subject s(make);
    const std::vector<float> before = s.parameters();
    s->copyParameters(Slot::backup, Slot::current);
    s.table.x[kInputs] = std::numeric_limits<float>::quiet_NaN();
    const StepTotals totals = s.step({}, 0.05);
    CHECK(totals.diverged == Divergence::loss);
    CHECK(totals.steps < 3 && std::isfinite(totals.sum.total(1, 1)));
    s->copyParameters(Slot::current, Slot::backup);
    s->resetMoments();
    CHECK(s.parameters() == before && s->stepsTaken() == 0);
  }
}

TEST(contract_inputs_that_are_left_out_stay_empty_and_others_keep_their_moments) {
  Pair pair;
  const std::vector<std::uint32_t> some{0, 1, 3, 6}, more{0, 1, 2, 3, 6};
  pair.each([&](Subject& s) {
    StepRun run;
    run.learningRate = 0.01;
    s.step(run, 0.05);
    s->selectInputs(some);
    CHECK(s->liveInputs() == some);
    s.step(run, 0.05);
    CHECK(s->stepsTaken() == 6);
    const std::vector<float> p = s.parameters();
    for (const std::size_t j : {2, 4, 5, 7})
      for (std::size_t o = 0; o < 6; ++o) CHECK(p[j * 6 + o] == 0);
    s->selectInputs(more);  // 2 comes back
    s.step(run, 0.0);
    CHECK(s->liveInputs() == more);
  });
  CHECK(pair.agree());
}

TEST(contract_an_optimiser_goes_on_where_its_state_was_read) {
  Pair pair;
  const std::vector<std::uint32_t> some{1, 2, 5};
  OptimizerState states[2];
  std::size_t at = 0;
  pair.each([&](Subject& s) {
    s->selectInputs(some);
    s.step({}, 0.05);
    s->readParameters();
    s->readOptimizer(states[at++]);
  });
  CHECK(areNear(std::vector<float>(states[0].firstMoments.begin(), states[0].firstMoments.end()),
                std::vector<float>(states[1].firstMoments.begin(), states[1].firstMoments.end())));
  CHECK(states[0].groupMoments.size() == 3 && states[0].steps == 3);
  // Each goes on from the other's.
  at = 1;
  pair.each([&](Subject& s) {
    s->resetMoments();
    s->writeOptimizer(states[at--]);
    s.step({}, 0.05);
    CHECK(s->stepsTaken() == 6);
  });
  CHECK(pair.agree());
}
