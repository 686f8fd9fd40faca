// The contract of passes over a whole table: accelerated proximal gradient, optimality, clusters.
#include <algorithm>
#include <numeric>

#include "backend_fixture.h"
#include "check.h"

using namespace deeptype;
using namespace deeptype::contract;

namespace {

struct Pair {
  explicit Pair(bool hasSkip = false)
      : cpu(findBackend("cpu"), options(), hasSkip),
        reference(reference::ReferenceBackend::make, options(), hasSkip) {}
  Subject cpu, reference;
};

void begin(Subject& s) {
  s->copyParameters(Slot::point, Slot::current);
  s->copyParameters(Slot::trial, Slot::current);
  s->evaluate({TableId::training, Slot::point, true, 0.5, true});
}

}  // namespace

TEST(contract_proximal_moves_agree) {
  for (const bool firstLayerOnly : {false, true}) {
    Pair pair;
    ModelTerms terms[2];
    double ascents[2];
    std::vector<float> points[2];
    std::size_t at = 0;
    for (Subject* s : {&pair.cpu, &pair.reference}) {
      begin(*s);
      terms[at] = (*s)->proximalMove({2, 0.02, firstLayerOnly});
      ascents[at] = (*s)->ascent(firstLayerOnly);
      (*s)->extrapolate(0.5, firstLayerOnly);
      points[at++] = s->parameters(Slot::point);
    }
    CHECK(terms[0].linear < 0 && terms[0].squared > 0);
    CHECK(isNear(terms[0].linear, terms[1].linear) && isNear(terms[0].squared, terms[1].squared));
    CHECK(isNear(ascents[0], ascents[1]));
    CHECK(areNear(points[0], points[1]));
  }
}

TEST(contract_a_move_without_momentum_ends_at_the_trial) {
  for (const MakeBackend make : backends()) {
    Subject s(make);
    begin(s);
    const LossParts before = s->evaluate({TableId::training, Slot::current});
    s->proximalMove({10, 0, false});
    s->extrapolate(0, false);
    const LossParts trial = s->evaluate({TableId::training, Slot::trial});
    CHECK(areNear(s->evaluate({TableId::training, Slot::point}), trial, 1e-6));
    CHECK(areNear(s->evaluate({TableId::training, Slot::current}), trial, 1e-6));
    CHECK(trial.primary != before.primary);
    s->releaseTrialSlots();
  }
}

TEST(contract_a_large_threshold_empties_every_input) {
  for (const MakeBackend make : backends()) {
    Subject s(make);
    s->prox(Slot::current, 1e-3);
    CHECK(s->liveInputs().size() == kInputs);
    s->prox(Slot::current, 1e3);
    CHECK(s->liveInputs().empty());
    CHECK(s->evaluate({}).sparsity == 0);
  }
}

TEST(contract_optimality_agrees) {
  for (const bool hasSkip : {false, true}) {
    Pair pair(hasSkip);
    CHECK(isNear(pair.cpu->alphaMax(false), pair.reference->alphaMax(false)));
    CHECK(isNear(pair.cpu->alphaMax(true), pair.reference->alphaMax(true)));
    for (const bool isSelected : {false, true}) {
      const std::vector<std::uint32_t> some{0, 1, 6};
      if (isSelected) pair.cpu->selectInputs(some);
      if (isSelected) pair.reference->selectInputs(some);
      pair.cpu->readParameters();
      for (const double alpha : {0.0, 0.01, 0.1, 1.0}) {
        CHECK(isNear(pair.cpu->kktResidual(true, alpha, 0.5),
                     pair.reference->kktResidual(true, alpha, 0.5)));
        CHECK(pair.cpu->violators(true, alpha, 0.5) == pair.reference->violators(true, alpha, 0.5));
      }
      CHECK(pair.cpu->violators(true, 0, 0.5).size() == (isSelected ? kInputs - 3 : 0));
      for (Subject* s : {&pair.cpu, &pair.reference})
        (*s)->evaluate({TableId::training, Slot::current, true, 0.5, true});
      CHECK(isNear(pair.cpu->residual(Slot::current, 0.05),
                   pair.reference->residual(Slot::current, 0.05)));
    }
  }
}

TEST(contract_an_empty_layer_is_stationary_at_alpha_max_and_not_below) {
  for (const MakeBackend make : backends()) {
    Subject s(make);
    const double alpha = s->alphaMax(false);
    s->prox(Slot::current, 1e3);
    s->readParameters();
    CHECK(alpha > 0);
    CHECK(s->kktResidual(false, alpha * 1.001, 0) == 0);
    CHECK(s->kktResidual(false, alpha * 0.9, 0) > 0);
  }
}

TEST(contract_principal_directions_agree) {
  const std::vector<std::uint32_t> inputs{0, 1, 2, 3, 5};
  const std::vector<float> weights{1, 1, 2, 1, 0.5f};
  double meanSquares[2];
  std::vector<double> carried[2];  // |v_m|^2 and the length of v_m along the first direction
  std::size_t at = 0;
  for (const MakeBackend make : backends()) {
    Subject s(make);
    Buffer<float> v(3 * inputs.size());
    Random random(3, 0);
    for (float& value : v) value = static_cast<float>(random.normal());
    const MatrixView view = v.view(3, inputs.size());
    meanSquares[at] = s->principalDirections(inputs, weights, view, 2);
    for (std::size_t m = 0; m < 3; ++m)
      carried[at].push_back(
          std::inner_product(view.row(m), view.row(m) + inputs.size(), view.row(m), 0.0));
    ++at;
  }
  CHECK(isNear(meanSquares[0], meanSquares[1]));
  for (const auto& lengths : carried)
    for (const double square : lengths) CHECK(isNear(square, 1));
}

TEST(contract_representations_assignments_and_scatter_agree) {
  Pair pair;
  Buffer<float> h[2] = {Buffer<float>(kRows * kWidth), Buffer<float>(kRows * kWidth)};
  pair.cpu->readRepresentation(h[0].view(kRows, kWidth));
  pair.reference->readRepresentation(h[1].view(kRows, kWidth));
  CHECK(areNear(std::vector<float>(h[0].begin(), h[0].end()),
                std::vector<float>(h[1].begin(), h[1].end())));
  for (const TableId table : {TableId::training, TableId::heldOut})
    CHECK(pair.cpu->assign(table, pair.cpu.clusters().centroids) ==
          pair.reference->assign(table, pair.cpu.clusters().centroids));
  const Scatter a = pair.cpu->scatter(), b = pair.reference->scatter();
  CHECK(a.within > 0 && a.total > 0);
  CHECK(isNear(a.within, b.within) && isNear(a.total, b.total));
}

TEST(contract_k_means_ends_where_rows_are_nearest_to_their_centroid) {
  for (const MakeBackend make : backends()) {
    Subject s(make);
    KMeansRequest request;
    request.clusters = kClusters;
    request.restarts = 5;
    request.seed = 3;
    request.tolerance = 0;
    const Clustering found = s->kmeans(request);
    const ConstMatrixView centroids{found.centroids.data(), kClusters, kWidth};
    CHECK(s->assign(TableId::training, centroids) == found.labels);
    s->writeClusters(TableId::training, {centroids, found.labels});
    CHECK(isNear(s->scatter().within, found.inertia));
    request.fromCurrent = true;
    const Clustering again = s->kmeans(request);
    CHECK(again.labels == found.labels && isNear(again.inertia, found.inertia));
  }
}

TEST(contract_steps_to_the_clusters_of_a_batch_draw_its_rows_together) {
  for (const MakeBackend make : backends()) {
    Subject s(make);
    std::vector<std::uint32_t> rows(kRows / 2);
    std::iota(rows.begin(), rows.end(), 0u);
    KMeansRequest request;
    request.clusters = 2;
    request.restarts = 3;
    const std::vector<double> alphas(40, 0.0);
    StepRun run;
    run.rows = rows;
    run.batchSize = rows.size();
    run.stepsPerBatch = 40;
    run.assignment = Assignment::batch;
    run.learningRate = 0.01;
    run.beta = 10;
    run.alphas = alphas;
    StepTotals first, all;
    s->clusterBatch(rows, request);
    StepRun one = run;
    one.stepsPerBatch = 1;
    one.alphas = run.alphas.first(1);
    s->steps(one, first);
    s->steps(run, all);
    CHECK(first.steps == 1 && all.steps == 40);
    CHECK(first.last.distance > 0 && all.last.distance < 0.5 * first.last.distance);
  }
}
