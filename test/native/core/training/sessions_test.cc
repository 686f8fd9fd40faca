// Sessions on threads of their own, which share nothing but the pool: each ends in the bits it ends
// in alone, whatever the others do, stop or leave. What ThreadSanitizer is to look at.
#include <algorithm>
#include <cstring>
#include <thread>

#include "backends/cpu/inference.h"
#include "check.h"
#include "math/random.h"
#include "training/session.h"

using namespace deeptype;

namespace {

constexpr std::size_t kRows = 200, kInputs = 6, kClusters = 3;

struct Table {
  explicit Table(std::uint64_t seed) : x(kRows * kInputs), classes(kRows) {
    Random random(seed, 0);
    for (std::size_t i = 0; i < kRows; ++i) {
      classes[i] = static_cast<std::int32_t>(i % 2);
      for (std::size_t j = 0; j < kInputs; ++j)
        x[i * kInputs + j] = static_cast<float>(random.normal() + 2.0 * classes[i]);
    }
  }
  Dataset dataset() const {
    return {x.view(kRows, kInputs), {.classes = classes, .values = {}, .weights = {}, .rows = {}}};
  }
  Buffer<float> x;
  std::vector<std::int32_t> classes;
};

std::shared_ptr<Network> newNetwork(std::uint64_t seed) {
  return std::make_shared<Network>(std::vector<std::size_t>{kInputs, 8, 4, 2},
                                   *findActivation("relu"), Initialization{0, seed});
}

// Trains, clusters, trains jointly and settles; returns the weights.
std::vector<float> train(std::uint64_t seed, unsigned epochs, const StopFlag& stop) {
  const Table table(seed);
  const auto network = newNetwork(seed);
  SessionOptions options;
  options.loss = "cross-entropy";
  options.penalty = "group-lasso";
  options.distance = "squared-euclidean";
  options.optimizer = "adam";
  options.seed = seed;
  options.threads = 3;
  Session session(network, options);
  session.load(table.dataset());
  const Watch watch{stop, {}};
  ClusterPlan cluster;
  cluster.clusters = kClusters;
  cluster.restarts = 2;
  EpochPlan plan;
  plan.alpha = 0.01;
  plan.beta = 0.1;
  for (unsigned epoch = 0; epoch < epochs && !stop.isSet(); ++epoch) {
    plan.joint = epoch >= epochs / 2;
    if (plan.joint && session.clusterLabels().empty() && !session.cluster(cluster, watch).taken)
      break;
    if (plan.joint && session.clusterLabels().empty()) break;
    session.epoch(plan, watch);
  }
  SettlePlan settle;
  settle.alpha = 0.01;
  settle.iterations = 5;
  session.settle(settle, watch);
  const auto weights = std::as_const(*network).parameters().span();
  return {weights.begin(), weights.end()};
}

}  // namespace

TEST(sessions_on_many_threads_end_as_alone) {
  constexpr std::size_t kTrained = 3, kStopped = 2;
  const StopFlag never;
  std::vector<std::vector<float>> alone, together(kTrained);
  for (std::size_t k = 0; k < kTrained; ++k) alone.push_back(train(k, 6, never));
  std::array<StopFlag, kStopped> flags;
  {
    std::vector<std::jthread> threads;
    for (std::size_t k = 0; k < kTrained; ++k)
      threads.emplace_back([&, k] { together[k] = train(k, 6, never); });
    for (std::size_t k = 0; k < kStopped; ++k)
      threads.emplace_back([&, k] { train(10 + k, 1u << 30, flags[k]); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (StopFlag& flag : flags) flag.set();
  }
  for (std::size_t k = 0; k < kTrained; ++k) CHECK(together[k] == alone[k]);
}

TEST(one_network_infers_on_many_threads) {
  const Table table(5);
  const auto network = newNetwork(5);
  const auto inferred = [&] {
    Workspace workspace(network->layout(), false);
    Buffer<float> outputs(kRows * 2);
    infer(*network, workspace, table.dataset().x, {{}, outputs.view(kRows, 2)}, 2);
    return std::vector<float>(outputs.begin(), outputs.end());
  };
  const std::vector<float> expected = inferred();
  std::vector<std::vector<float>> got(4);
  {
    std::vector<std::jthread> threads;
    for (auto& one : got) threads.emplace_back([&] { one = inferred(); });
  }
  for (const auto& one : got) CHECK(one == expected);
}
