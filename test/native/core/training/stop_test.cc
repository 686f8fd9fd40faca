// Once the stop flag is set, no long computation starts another chunk of the table, and what has
// not come to its end changes nothing.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "backends/cpu/objective_passes.h"
#include "check.h"
#include "math/random.h"
#include "platform/threads.h"
#include "training/isometric_start.h"
#include "training/session.h"

using namespace deeptype;

namespace {

// relu with a count of its calls, at one of which the flag is set.
std::uint64_t calls = 0;
std::uint64_t stopAt = 0;
StopFlag flag;

void count() {
  if (++calls == stopAt) flag.set();
}

constinit const Activation counted{"counted", false,
                                   [](const float* z, float* h, std::size_t n) {
                                     count();
                                     std::transform(z, z + n, h,
                                                    [](float x) { return std::max(x, 0.0f); });
                                   },
                                   [](const float*, const float* h, float* d, std::size_t n) {
                                     count();
                                     for (std::size_t i = 0; i < n; ++i) d[i] = h[i] > 0 ? d[i] : 0;
                                   }};

constexpr std::size_t kChunks = 6, kRows = kChunks * kChunkRows, kInputs = 12, kClusters = 3;

struct Fixture {
  Fixture()
      : network(std::make_shared<Network>(std::vector<std::size_t>{kInputs, 6, 4, 2}, counted,
                                          Initialization{})),
        x(kRows * kInputs),
        classes(kRows),
        session(network, options()) {
    Random random(1, 2);
    for (float& value : x) value = static_cast<float>(random.normal());
    for (std::size_t i = 0; i < kRows; ++i) classes[i] = static_cast<std::int32_t>(i % 2);
    // Half of the inputs are empty and left out, so that looking at them is one more pass.
    std::fill_n(network->weight(0).row(kInputs / 2), kInputs / 2 * 6, 0.0f);
    session.load({std::as_const(x).view(kRows, kInputs),
                  {.classes = classes, .values = {}, .weights = {}, .rows = {}}});
    labels.assign(kRows, 0);
    session.setClusters(std::as_const(centroids).view(kClusters, 4), labels);
    calls = stopAt = 0;
    flag.clear();
  }

  static SessionOptions options() {
    SessionOptions options;
    options.loss = "cross-entropy";
    options.penalty = "group-lasso";
    options.distance = "squared-euclidean";
    options.optimizer = "adam";
    return options;
  }

  std::shared_ptr<Network> network;
  Buffer<float> x;
  std::vector<std::int32_t> classes;
  std::vector<std::int32_t> labels;
  Buffer<float> centroids{kClusters * 4, 0.5f};
  Session session;
};

// Of two hidden layers forward and backward: products call the activation once a row and layer.
constexpr std::uint64_t aChunk = 4 * kChunkRows;

// Runs body(session), which takes `passes` over the table, with the flag set at each of some calls
// of the activation: at most the rest of the chunk, or of the mini-batch, follows.
template <class Body>
void stopsAtOnce(unsigned passes, Body body) {
  Fixture whole;
  body(whole.session);
  const std::uint64_t total = calls;
  CHECK(total >= passes * kChunks * aChunk / 2);
  for (std::uint64_t at = 1; at < total; at += std::max<std::uint64_t>(1, total / 25)) {
    Fixture cut;
    stopAt = at;
    body(cut.session);
    CHECK(flag.isSet());
    CHECK(calls < at + aChunk);
  }
}

}  // namespace

TEST(stop_within_a_chunk) {
  const Watch watch{flag, {}};
  Buffer<float> h(kRows * 4);
  stopsAtOnce(1, [&](Session& s) { s.represent(h.view(kRows, 4), flag); });
  stopsAtOnce(1, [&](Session& s) { s.relabel(flag); });
  stopsAtOnce(1, [&](Session& s) { s.separation(flag); });
  stopsAtOnce(1, [&](Session& s) { s.alphaMax(flag); });
  stopsAtOnce(1, [&](Session& s) { s.kktResidual(true, 0.01, 0.5, flag); });
  stopsAtOnce(1, [&](Session& s) { s.cluster({.clusters = kClusters}, watch); });
}

TEST(stop_within_a_batch_and_an_iteration) {
  const Watch watch{flag, {}};
  EpochPlan epoch;
  epoch.batchSize = kChunkRows;
  stopsAtOnce(1, [&](Session& s) { s.epoch(epoch, watch); });
  // Inputs that are left out are looked at in a second pass over the table.
  epoch.alpha = 100;
  epoch.checkInputs = true;
  Fixture looking;
  looking.session.epoch(epoch, watch);
  CHECK(calls == 2 * kChunks * aChunk);
  stopsAtOnce(2, [&](Session& s) { s.epoch(epoch, watch); });
}

TEST(stop_of_settling_keeps_the_last_point) {
  const Watch watch{flag, {}};
  SettlePlan plan;
  plan.alpha = 1e-3;
  plan.iterations = 7;
  plan.tolerance = 1e-9;
  Fixture whole;
  whole.session.settle(plan, watch);
  const std::uint64_t total = calls;
  for (std::uint64_t at = 1; at < total; at += total / 40) {
    Fixture cut;
    stopAt = at;
    const SettleOutcome outcome = cut.session.settle(plan, watch);
    CHECK(outcome.stopped && !outcome.converged && outcome.diverged == Divergence::none);
    CHECK(calls < at + aChunk);
    // What it says of the iterations it made is what as many iterations give.
    SettlePlan shorter = plan;
    shorter.iterations = outcome.iterations;
    Fixture same;
    same.session.settle(shorter, watch);
    const auto& a = cut.network->parameters();
    const auto& b = same.network->parameters();
    CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
  }
}

TEST(stop_in_a_long_step_takes_its_moves_back) {
  constexpr std::size_t rows = 4096, inputs = 600, units = 128;
  Buffer<float> x(rows * inputs);
  Random random(3, 4);
  for (float& value : x) value = static_cast<float>(random.normal());
  std::vector<std::int32_t> classes(rows);
  for (std::size_t i = 0; i < rows; ++i) classes[i] = static_cast<std::int32_t>(i % 2);
  EpochPlan plan;
  plan.batchSize = rows;
  // At the first call of the activation, in the middle and at the last; first uncut, to count them.
  std::uint64_t total = 0;
  for (unsigned third = 0; third < 4; ++third) {
    const std::uint64_t at = third == 0 ? 0 : 1 + (total - 1) * (third - 1) / 2;
    const auto network = std::make_shared<Network>(std::vector<std::size_t>{inputs, units, 4, 2},
                                                   counted, Initialization{});
    Buffer<float> before;
    before.copyFrom(std::as_const(*network).parameters().span());
    Session session(network, Fixture::options());
    session.load({std::as_const(x).view(rows, inputs),
                  {.classes = classes, .values = {}, .weights = {}, .rows = {}}});
    const auto isAsBefore = [&] {
      const auto& now = network->parameters();
      return std::memcmp(before.data(), now.data(), now.size() * sizeof(float)) == 0;
    };
    flag.clear();
    calls = 0;
    stopAt = at;
    const EpochOutcome outcome = session.epoch(plan, {flag, {}});
    if (third == 0) {
      total = calls;
      CHECK(total > 2 && outcome.steps == 1 && !isAsBefore());
      continue;
    }
    CHECK(flag.isSet() && outcome.stopped && outcome.steps == 0);
    CHECK(outcome.diverged == Divergence::none);
    CHECK(isAsBefore());
    // It trains on as if nothing had been.
    flag.clear();
    CHECK(session.epoch(plan, {flag, {}}).steps == 1);
    CHECK(!isAsBefore());
  }
}

TEST(stop_leaves_the_tasks_that_have_not_begun) {
  StopFlag stop;
  for (const unsigned threads : {1u, 4u}) {
    std::atomic<std::size_t> begun{0};
    stop.clear();
    const StopScope scope(&stop);
    CHECK(!completes([&] {
      parallelFor(100000, threads, [&](std::size_t) {
        const std::size_t count = ++begun;
        if (count == 10) stop.set();
        while (count > 10 && !stop.isSet()) std::this_thread::yield();
        if (count >= 10) parallelFor(5, threads, [&](std::size_t) { CHECK(false); });
      });
    }));
    CHECK(begun >= 10 && begun < 10 + 2 * threads);
    stop.clear();
    std::atomic<std::size_t> all{0};
    parallelFor(1000, threads, [&](std::size_t) { ++all; });
    CHECK(all == 1000);
    // Under no flag the same runs to its end.
    stop.set();
    const StopScope none(nullptr);
    parallelFor(1000, threads, [&](std::size_t) { ++all; });
    CHECK(all == 2000);
  }
}

TEST(stop_before_the_restart_changes_nothing) {
  Fixture fixture;
  Buffer<float> before;
  before.copyFrom(std::as_const(*fixture.network).parameters().span());
  flag.set();
  fixture.session.startIsometrically(2, flag);
  const auto& after = fixture.network->parameters();
  CHECK(std::memcmp(before.data(), after.data(), after.size() * sizeof(float)) == 0);
  flag.clear();
  fixture.session.startIsometrically(2, flag);
  CHECK(std::memcmp(before.data(), after.data(), after.size() * sizeof(float)) != 0);
}
