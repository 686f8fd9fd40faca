// Ranks that each hold some of the rows compute what one process with all rows does. The ranks are
// threads here.
#include <algorithm>
#include <barrier>
#include <cstring>
#include <functional>
#include <thread>

#include "../backend_fixture.h"
#include "check.h"
#include "training/session.h"

using namespace deeptype;
using namespace deeptype::contract;

namespace {

constexpr unsigned kRanks = 2;

// What the ranks share: where each keeps what it hands in.
struct Meeting {
  std::barrier<> all{kRanks};
  std::array<const void*, kRanks> values{};
  std::array<std::size_t, kRanks> sizes{};
};

class ThreadRank final : public Communicator {
 public:
  ThreadRank(Meeting& meeting, unsigned rank) : meeting_(meeting), rank_(rank) {}
  unsigned rank() const override { return rank_; }
  unsigned size() const override { return kRanks; }
  void allReduceSum(std::span<double> values) override { reduce(values, std::plus<>()); }
  void allReduceSum(std::span<float> values) override { reduce(values, std::plus<>()); }
  void allReduceMax(std::span<double> values) override {
    reduce(values, [](double a, double b) { return std::max(a, b); });
  }
  void broadcast(std::span<std::byte> values, unsigned root) override {
    meet(values, [&] { std::memmove(values.data(), meeting_.values[root], values.size()); });
  }
  std::vector<std::byte> allGather(std::span<const std::byte> mine) override {
    std::vector<std::byte> gathered;
    meet(mine, [&] {
      for (unsigned r = 0; r < kRanks; ++r) {
        const auto* from = static_cast<const std::byte*>(meeting_.values[r]);
        gathered.insert(gathered.end(), from, from + meeting_.sizes[r]);
      }
    });
    return gathered;
  }
  void barrier() override { meeting_.all.arrive_and_wait(); }

 private:
  // Runs body() while what every rank hands in is there to read.
  template <class T, class Body>
  void meet(std::span<T> mine, Body body) {
    meeting_.values[rank_] = mine.data();
    meeting_.sizes[rank_] = mine.size();
    meeting_.all.arrive_and_wait();
    body();
    meeting_.all.arrive_and_wait();
  }
  template <class T, class Join>
  void reduce(std::span<T> values, Join join) {
    std::vector<T> joined;
    meet(values, [&] {
      for (unsigned r = 0; r < kRanks; ++r) {
        const T* from = static_cast<const T*>(meeting_.values[r]);
        if (r == 0) joined.assign(from, from + values.size());
        for (std::size_t i = 0; i < values.size() && r > 0; ++i)
          joined[i] = static_cast<T>(join(joined[i], from[i]));
      }
    });
    std::copy(joined.begin(), joined.end(), values.begin());
  }

  Meeting& meeting_;
  unsigned rank_;
};

struct Run {
  std::vector<double> numbers;  // losses, alpha_max, the residual and the like
  std::vector<float> parameters;
  std::size_t selected = 0;
};

// All rows in one step an epoch, so that the order of the rows says nothing.
Run train(const Dataset& data, std::shared_ptr<Communicator> comm, const StopFlag& stop) {
  SessionOptions options;
  static_cast<BackendOptions&>(options) = contract::options();
  options.communicator = std::move(comm);
  options.threads = 1;
  const auto network = newNetwork();
  Session session(network, options);
  session.load(data);
  const Watch watch{stop, {}};
  Run run;
  EpochPlan plan;
  plan.batchSize = kRows;
  plan.learningRate = 0.02;
  plan.stepsPerBatch = 5;
  plan.checkInputs = true;
  const auto epochs = [&](unsigned count) {
    for (unsigned k = 0; k < count && !stop.isSet(); ++k)
      run.numbers.push_back(session.epoch(plan, watch).mean.total(plan.alpha, plan.beta));
  };
  epochs(2);
  run.numbers.push_back(session.alphaMax(stop));
  plan.alpha = 0.05;
  epochs(8);
  session.startIsometrically(1, stop);
  epochs(4);
  run.numbers.push_back(session.cluster({.clusters = kClusters, .tolerance = 0}, watch).inertia);
  plan.joint = true;
  plan.beta = 0.1;
  epochs(3);
  run.numbers.push_back(session.separation(stop));
  run.numbers.push_back(session.kktResidual(true, plan.alpha, plan.beta, stop));
  const SettleOutcome settled = session.settle(
      {.joint = true, .alpha = plan.alpha, .beta = plan.beta, .iterations = 3}, watch);
  run.numbers.push_back(settled.parts.total(plan.alpha, plan.beta));
  run.selected = settled.selected;
  const auto p = std::as_const(*network).parameters().span();
  run.parameters.assign(p.begin(), p.end());
  return run;
}

// body(rank, its rows, its communicator) on a thread for each rank.
template <class Body>
void onRanks(const Dataset& data, Body body) {
  Meeting meeting;
  std::vector<std::jthread> threads;
  const std::size_t cut[] = {0, 24, kRows};  // one rank has fewer rows
  for (unsigned r = 0; r < kRanks; ++r)
    threads.emplace_back([&, r] {
      const std::size_t count = cut[r + 1] - cut[r];
      const Dataset part{data.x.rowRange(cut[r], count), rowRange(data.targets, cut[r], count)};
      body(r, part, std::make_shared<ThreadRank>(meeting, r));
    });
}

}  // namespace

TEST(ranks_with_some_of_the_rows_train_what_one_process_does) {
  const Table table;
  const Dataset data = table.data();
  const StopFlag never;
  const Run alone = train(data, nullptr, never);
  std::vector<Run> runs(kRanks);
  onRanks(data, [&](unsigned rank, const Dataset& part, std::shared_ptr<Communicator> comm) {
    runs[rank] = train(part, std::move(comm), never);
  });
  CHECK(runs[0].parameters == runs[1].parameters);
  for (const Run& run : runs) {
    CHECK(areNear(run.numbers, alone.numbers, 2e-3));
    CHECK(areNear(run.parameters, alone.parameters, 1e-2));
    CHECK(run.selected == alone.selected);
  }
}

TEST(ranks_all_stop_where_one_is_to) {
  const Table table;
  std::array<StopFlag, kRanks> flags;
  flags[1].set();
  std::array<bool, kRanks> stopped{};
  onRanks(table.data(),
          [&](unsigned rank, const Dataset& part, std::shared_ptr<Communicator> comm) {
            SessionOptions options;
            static_cast<BackendOptions&>(options) = contract::options();
            options.communicator = std::move(comm);
            Session session(newNetwork(), options);
            session.load(part);
            stopped[rank] = session.epoch(EpochPlan(), {flags[rank], {}}).stopped;
          });
  CHECK(stopped[0] && stopped[1]);
}
