// An epoch after the first one allocates nothing.
#include <atomic>
#include <cstdlib>
#include <new>

#include "check.h"
#include "cpu_session.h"
#include "random.h"

using namespace deeptype;

#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // they are a pair: all are replaced

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

std::uint64_t allocationsOfAnEpoch(std::vector<std::size_t> widths, std::size_t rows, bool joint,
                                   unsigned threads, Precision precision) {
  SessionOptions options;
  options.loss = makeLoss("cross-entropy");
  options.penalty = makePenalty("group-lasso", {});
  options.distance = findDistance("squared-euclidean");
  options.optimizer = findOptimizer("adam");
  options.weightDecay = 0.01;
  options.activeSet = false;  // which lists the live inputs once an epoch
  options.threads = threads;
  options.precision = precision;
  const auto network =
      std::make_shared<Network>(widths, *findActivation("relu"), Initialization{0, 1});
  CpuSession session(network, options);
  Random random(31, 0);
  Buffer<float> x(rows * widths.front());
  for (float& value : x) value = static_cast<float>(random.normal());
  std::vector<std::int32_t> classes(rows);
  for (std::size_t i = 0; i < rows; ++i) classes[i] = static_cast<int>(i % widths.back());
  Dataset data;
  data.x = std::as_const(x).view(rows, widths.front());
  data.targets.classes = classes;
  session.load(data);
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
