#include "epoch.h"

#include <algorithm>
#include <numeric>

#include "../math/random.h"
#include "clusters.h"
#include "objective.h"

namespace deeptype {
namespace {

constexpr std::uint64_t kShuffleStream = std::uint64_t{1} << 32;

class Epoch {
 public:
  Epoch(TrainingContext& context, const EpochPlan& plan, const Watch& watch)
      : context_(context), backend_(*context.backend), plan_(plan), watch_(watch) {}

  EpochOutcome run() {
    outcome_.stopped = !completes([&] { runBatches(); });
    const bool diverged = outcome_.diverged != Divergence::none;
    if (diverged || totals_.isPartial) context_.rollback();
    outcome_.steps = totals_.steps;
    outcome_.mean = mean();
    outcome_.alpha = alphaAfter(backend_.stepsTaken());
    if (!diverged) {
      completes([&] {
        context_.updateActiveSet(plan_.checkInputs, plan_.joint, outcome_.alpha, plan_.beta);
      });
    }
    backend_.readParameters();
    outcome_.selected = context_.network->selectedInputs();
    return outcome_;
  }

 private:
  // Until a step diverges.
  void runBatches() {
    backend_.copyParameters(Slot::backup, Slot::current);
    drawOrder();
    const std::size_t n = context_.rows, most = plan_.batchSize * batchesAtOnce();
    for (std::size_t begin = 0; begin < n && outcome_.diverged == Divergence::none;) {
      const std::size_t count = std::min(most, n - begin);
      runSteps({context_.order.data() + begin, count});
      begin += count;
      if (watch_.progress && outcome_.diverged == Divergence::none) watch_.progress(begin, n);
    }
  }

  // Where clusters change between the steps, a batch at a time.
  std::size_t batchesAtOnce() const {
    const bool isSteady =
        !plan_.joint || (!plan_.clusterEveryBatch && plan_.clusterEverySteps == 0);
    return isSteady ? backend_.batchesAtOnce() : 1;
  }

  void drawOrder() {
    std::vector<std::uint32_t>& order = context_.order;
    order.resize(context_.rows);
    forRuns(order.size(), [&](std::size_t begin, std::size_t end) {
      std::iota(order.begin() + begin, order.begin() + end, static_cast<std::uint32_t>(begin));
    });
    if (plan_.shuffle) {
      Random random(context_.options.seed, kShuffleStream + context_.epochs);
      shuffle(order, random);
    }
    ++context_.epochs;
  }

  // The steps on the mini-batches of these rows.
  void runSteps(std::span<const std::uint32_t> rows) {
    agreeToStop(context_.comm(), watch_.stop);
    StepRun run;
    run.rows = rows;
    run.batchSize = plan_.batchSize;
    run.learningRate = plan_.learningRate;
    run.beta = plan_.beta;
    if (plan_.joint) run.assignment = Assignment::table;
    if (plan_.joint && plan_.clusterEveryBatch) {
      backend_.clusterBatch(rows, kmeansRequest(context_, plan_.cluster));
      ++outcome_.clusterings;
      run.assignment = Assignment::batch;
    }
    for (unsigned left = plan_.stepsPerBatch; left > 0; left -= run.stepsPerBatch) {
      run.stepsPerBatch = std::min(left, stepsToClustering(left));
      if (!runUninterrupted(run)) return;
      if (isClusteringDue()) {
        ClusterPlan warm = plan_.cluster;
        warm.warm = true;
        clusterTable(context_, warm);
        ++outcome_.clusterings;
      }
    }
  }

  // Whether none has diverged.
  bool runUninterrupted(StepRun& run) {
    const std::size_t batches = (run.rows.size() + run.batchSize - 1) / run.batchSize;
    context_.alphas.resize(batches * run.stepsPerBatch);
    for (std::size_t k = 0; k < context_.alphas.size(); ++k)
      context_.alphas[k] = alphaAfter(backend_.stepsTaken() + k);
    run.alphas = context_.alphas;
    backend_.steps(run, totals_);
    if (totals_.diverged == Divergence::loss) checkStop();  // a caller's loss waited for in vain
    outcome_.diverged = totals_.diverged;
    return outcome_.diverged == Divergence::none;
  }

  bool clustersBySteps() const { return plan_.joint && plan_.clusterEverySteps > 0; }
  bool isClusteringDue() const {
    return clustersBySteps() && backend_.stepsTaken() % plan_.clusterEverySteps == 0;
  }
  unsigned stepsToClustering(unsigned most) const {
    if (!clustersBySteps()) return most;
    const std::uint64_t every = plan_.clusterEverySteps;
    return static_cast<unsigned>(
        std::min<std::uint64_t>(most, every - backend_.stepsTaken() % every));
  }

  double alphaAfter(std::uint64_t steps) const {
    return alphaAt(plan_.alpha, plan_.alphaWarmup, steps);
  }

  LossParts mean() const {
    const double steps = static_cast<double>(std::max<std::uint64_t>(totals_.steps, 1));
    return {totals_.sum.primary / steps, totals_.sum.sparsity / steps,
            totals_.sum.distance / steps};
  }

  TrainingContext& context_;
  Backend& backend_;
  const EpochPlan& plan_;
  const Watch& watch_;
  StepTotals totals_;
  EpochOutcome outcome_;
};

}  // namespace

EpochOutcome runEpoch(TrainingContext& context, const EpochPlan& plan, const Watch& watch) {
  return Epoch(context, plan, watch).run();
}

}  // namespace deeptype
