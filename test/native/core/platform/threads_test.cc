#include "platform/threads.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#ifdef __linux__
#include <sys/resource.h>
#include <unistd.h>
#endif

#include "check.h"
#include "platform/priority.h"

using namespace deeptype;

TEST(default_threads_is_in_range) {
  CHECK(defaultThreads() >= 1);
  CHECK(defaultThreads() <= std::max(1u, std::thread::hardware_concurrency()));
}

TEST(parallel_for_runs_each_task_once) {
  for (const unsigned threads : {0u, 1u, 2u, 3u, 8u, 1000u})
    for (const std::size_t tasks : {0u, 1u, 2u, 3u, 17u, 1000u}) {
      std::vector<int> runs(tasks, 0);  // not atomic: the pool must synchronise these
      parallelFor(tasks, threads, [&](std::size_t task) { ++runs[task]; });
      for (const int count : runs) CHECK(count == 1);
    }
}

TEST(parallel_for_uses_several_threads) {
  // Two tasks that wait for each other: only two threads can finish them.
  std::atomic<int> arrived{0};
  parallelFor(2, 2, [&](std::size_t) {
    ++arrived;
    while (arrived.load() < 2) std::this_thread::yield();
  });
  CHECK(arrived == 2);
}

TEST(parallel_for_nests_inline) {
  std::vector<std::vector<int>> runs(8, std::vector<int>(8, 0));
  parallelFor(8, 4, [&](std::size_t i) {
    const auto self = std::this_thread::get_id();
    parallelFor(8, 4, [&](std::size_t j) {
      if (std::this_thread::get_id() == self) ++runs[i][j];
    });
  });
  for (const auto& row : runs)
    for (const int count : row) CHECK(count == 1);
}

TEST(parallel_for_from_many_callers) {
  constexpr int callers = 6, rounds = 3000;
  std::vector<long> sums(callers, 0);
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; ++caller)
    threads.emplace_back([&sums, caller] {
      std::vector<long> parts(16);
      for (int round = 0; round < rounds; ++round) {
        parallelFor(parts.size(), 1 + static_cast<unsigned>(round % 4), [&](std::size_t task) {
          parts[task] = static_cast<long>(task) * round + caller;
        });
        for (const long part : parts) sums[caller] += part;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (int caller = 0; caller < callers; ++caller)
    CHECK(sums[caller] == 120l * rounds * (rounds - 1) / 2 + 16l * rounds * caller);
}

TEST(parallel_for_wakes_sleeping_workers) {
  for (int round = 0; round < 50; ++round) {
    std::this_thread::sleep_for(std::chrono::microseconds(round * 10));
    std::atomic<int> arrived{0};
    parallelFor(3, 3, [&](std::size_t) {
      ++arrived;
      while (arrived.load() < 3) std::this_thread::yield();
    });
    CHECK(arrived == 3);
  }
}

TEST(machine_is_oversubscribed_at_one_computing_thread_a_processor) {
  CHECK(!isOversubscribed());
  {
    std::vector<std::unique_ptr<ComputeScope>> threads;
    while (threads.size() < defaultThreads()) {
      CHECK(!isOversubscribed());
      threads.push_back(std::make_unique<ComputeScope>());
    }
    CHECK(isOversubscribed());
  }
  CHECK(!isOversubscribed());
}

#ifdef __linux__
TEST(threads_of_lower_priority_pass_it_on_to_their_children_once) {
  const int host = getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
  const auto own = [] { return getpriority(PRIO_PROCESS, 0); };
  int parent = 0, child = 0;
  std::thread([&] {
    lowerThreadPriority();
    parent = own();
    std::thread([&] {
      lowerThreadPriority();
      child = own();
    }).join();
  }).join();
  CHECK(parent == std::min(host + 5, 19));
  CHECK(child == parent);
  CHECK(getpriority(PRIO_PROCESS, static_cast<id_t>(getpid())) == host);
}
#endif
