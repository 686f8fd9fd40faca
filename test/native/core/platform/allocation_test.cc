// An epoch after the first one allocates nothing.
#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>

#include "check.h"
#include "math/random.h"
#include "training/session.h"

using namespace deeptype;

#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // all operators are replaced together

namespace {

std::atomic<std::uint64_t> allocations{0};

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  size = (size + alignment - 1) / alignment * alignment;
  if (void* const storage = std::aligned_alloc(alignment, size ? size : alignment)) return storage;
  std::abort();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}
void operator delete(void* storage) noexcept { std::free(storage); }
void operator delete(void* storage, std::size_t) noexcept { std::free(storage); }
void operator delete(void* storage, std::align_val_t) noexcept { std::free(storage); }
void operator delete(void* storage, std::size_t, std::align_val_t) noexcept { std::free(storage); }

namespace {

// A table with targets for every loss: classes, times and events, weights, pairs of rows.
struct Table {
  Table(std::size_t rows, std::size_t columns, std::size_t classes) {
    Random random(31, 0);
    x.resize(rows * columns);
    for (float& value : x) value = static_cast<float>(random.normal());
    for (std::size_t i = 0; i < rows; ++i) {
      const auto k = static_cast<int>(i);
      labels.push_back(k % static_cast<int>(classes));
      survival.insert(survival.end(), {static_cast<float>(k % 50), static_cast<float>(k % 2)});
      weights.push_back(k % 3 == 0 ? 3.0f : 0.0f);
      first.push_back(k);
      second.push_back((k + 1) % static_cast<int>(rows));
    }
    graph.emplace(rows, first, second, weights);
    data.x = std::as_const(x).view(rows, columns);
    data.targets.classes = labels;
    data.targets.values = {survival.data(), rows, 2};
  }
  void weigh() {
    data.targets.weights = weights;
    data.targets.graph = &*graph;
  }

  Buffer<float> x;
  std::vector<std::int32_t> labels, first, second;
  std::vector<float> survival, weights;
  std::optional<PairGraph> graph;
  Dataset data;
};

std::uint64_t allocationsOfAnEpoch(std::vector<std::size_t> widths, std::size_t rows, bool joint,
                                   unsigned threads, Precision precision,
                                   std::shared_ptr<Loss> loss = makeLoss("cross-entropy"),
                                   bool weighted = false, bool clipped = false) {
  SessionOptions options;
  options.callersLoss = std::move(loss);
  options.penalty = "group-lasso";
  options.distance = "squared-euclidean";
  options.optimizer = "adam";
  options.weightDecay = 0.01;
  options.activeSet = false;  // the active set allocates a list once an epoch
  options.threads = threads;
  options.precision = precision;
  if (clipped) options.maxGradientNorm = 0.1;
  const auto network =
      std::make_shared<Network>(widths, *findActivation("relu"), Initialization{0, 1});
  Session session(network, options);
  Table table(rows, widths.front(), widths.back());
  if (weighted) table.weigh();
  session.load(table.data);
  const StopFlag stop;
  const Watch watch{stop, {}};
  EpochPlan plan;
  plan.alpha = 1e-4;
  plan.beta = 0.5;
  plan.joint = joint;
  plan.cluster.clusters = 3;
  if (joint) session.cluster(plan.cluster, watch);
  session.epoch(plan, watch);
  const std::uint64_t before = allocations;
  session.epoch(plan, watch);
  return allocations - before;
}

}  // namespace

TEST(an_epoch_allocates_nothing_after_the_first) {
  for (const bool joint : {false, true}) {
    CHECK(allocationsOfAnEpoch({20, 64, 64, 32, 5}, 200, joint, 1, Precision::float32) == 0);
    CHECK(allocationsOfAnEpoch({600, 300, 40, 3}, 200, joint, 1, Precision::float32) == 0);
    CHECK(allocationsOfAnEpoch({600, 300, 40, 3}, 200, joint, 1, Precision::bf16) == 0);
  }
}

TEST(an_epoch_of_weighted_and_of_coupled_losses_allocates_nothing_after_the_first) {
  constexpr auto f32 = Precision::float32;
  const auto graph = [] { return makeLoss("knowledge-graph", {makeLoss("cross-entropy"), 0.5}); };
  for (const bool joint : {false, true}) {
    for (const bool weighted : {false, true}) {
      CHECK(allocationsOfAnEpoch({20, 16, 1}, 200, joint, 1, f32, makeLoss("cox"), weighted) == 0);
      CHECK(allocationsOfAnEpoch({20, 16, 3}, 200, joint, 1, f32, graph(), weighted) == 0);
    }
    CHECK(allocationsOfAnEpoch({20, 16, 3}, 200, joint, 1, f32, makeLoss("cross-entropy"), true) ==
          0);
  }
}

TEST(an_epoch_of_clipped_steps_allocates_nothing_after_the_first) {
  constexpr auto f32 = Precision::float32;
  const auto loss = [] { return makeLoss("cross-entropy"); };
  for (const bool joint : {false, true}) {
    CHECK(allocationsOfAnEpoch({20, 64, 32, 5}, 200, joint, 1, f32, loss(), false, true) == 0);
    CHECK(allocationsOfAnEpoch({600, 300, 3}, 200, joint, 1, f32, loss(), false, true) == 0);
  }
}
