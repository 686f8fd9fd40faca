#include "threads.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#endif

#include "priority.h"
#include "simd/denormals.h"
#include "spin.h"
#include "stop.h"

namespace deeptype {
namespace {

// The result of running tasks.
enum class Outcome : int { done, outOfMemory, stopped };

// Converts exceptions to an Outcome: none may leave a thread.
Outcome attempt(const TaskRef& body, std::size_t task) {
  try {
    checkStop();
    body(task);
    return Outcome::done;
  } catch (const Stopped&) {
    return Outcome::stopped;
  } catch (const std::bad_alloc&) {
    return Outcome::outOfMemory;
  }
}

// One running call of parallelFor. Slots live as long as the process, so that a helper may still
// notify one whose caller has already returned.
struct alignas(64) Slot {
  static constexpr std::uint32_t openSlot = 1u << 16, helperMask = openSlot - 1;

  std::atomic<bool> taken{false};
  // High half: helpers that may still join. Low half: helpers inside.
  std::atomic<std::uint32_t> state{0};
  std::size_t tasks = 0;
  const TaskRef* body = nullptr;
  const StopFlag* stop = nullptr;  // of the caller
  std::atomic<Outcome> outcome{Outcome::done};
  alignas(64) std::atomic<std::size_t> next{0};

  void work() {
    const StopScope scope(stop);
    for (std::size_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      const Outcome of = attempt(*body, task);
      if (of != Outcome::done) outcome.store(of, std::memory_order_relaxed);
      if (of == Outcome::stopped) next.store(tasks, std::memory_order_relaxed);
    }
  }
};

thread_local bool insideTask = false;

class Pool {
 public:
  static constexpr unsigned maxWorkers = 255;

  void run(std::size_t tasks, unsigned helpers, const TaskRef& body) {
    grow(helpers);
    Slot* slot = takeSlot();
    insideTask = true;
    Outcome outcome = Outcome::done;
    if (slot) {
      publish(*slot, tasks, helpers, body);
      slot->work();
      outcome = finish(*slot);
    } else {
      for (std::size_t task = 0; task < tasks && outcome == Outcome::done; ++task)
        outcome = attempt(body, task);
    }
    insideTask = false;
    if (outcome == Outcome::stopped) throw Stopped();
    if (outcome == Outcome::outOfMemory) throw std::bad_alloc();
  }

 private:
  Slot* takeSlot() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[i];
      if (slot.taken.load(std::memory_order_relaxed) ||
          slot.taken.exchange(true, std::memory_order_acquire))
        continue;
      for (std::size_t used = used_.load(std::memory_order_relaxed); used <= i;)
        if (used_.compare_exchange_weak(used, i + 1)) break;
      return &slot;
    }
    return nullptr;
  }

  void publish(Slot& slot, std::size_t tasks, unsigned helpers, const TaskRef& body) {
    slot.tasks = tasks;
    slot.body = &body;
    slot.stop = StopScope::current();
    slot.outcome.store(Outcome::done, std::memory_order_relaxed);
    slot.next.store(0, std::memory_order_relaxed);
    slot.state.store(helpers * Slot::openSlot, std::memory_order_release);
    calls_.fetch_add(1);
    if (sleepers_.load() == 0) return;
    if (helpers == 1) {
      calls_.notify_one();
    } else {
      calls_.notify_all();
    }
  }

  // Closes the slot to further helpers and waits for those inside.
  Outcome finish(Slot& slot) {
    std::uint32_t inside =
        slot.state.fetch_and(Slot::helperMask, std::memory_order_acq_rel) & Slot::helperMask;
    const auto empty = [&] { return (inside = slot.state.load(std::memory_order_acquire)) == 0; };
    if (inside != 0 && !spin(empty))
      while (!empty()) slot.state.wait(inside, std::memory_order_acquire);
    const Outcome outcome = slot.outcome.load(std::memory_order_relaxed);
    slot.taken.store(false, std::memory_order_release);
    return outcome;
  }

  void grow(unsigned helpers) {
    if (workers_.load(std::memory_order_acquire) >= helpers) return;
    const std::lock_guard lock(growing_);
#if defined(__unix__) || defined(__APPLE__)
    sigset_t all, before;  // workers must not receive the host's signals
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
#endif
    try {
      for (unsigned worker = workers_.load(); worker < helpers; ++worker) {
        std::thread([this, worker] { workerLoop(worker); }).detach();
        workers_.store(worker + 1, std::memory_order_release);
      }
    } catch (const std::system_error&) {
      // No more threads are available: the existing workers and the caller do the work.
    } catch (const std::bad_alloc&) {
      // Likewise where there is no memory for one.
    }
#if defined(__unix__) || defined(__APPLE__)
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#endif
  }

  // A worker: joins running calls; when there are none it spins, then sleeps.
  [[noreturn]] void workerLoop(unsigned worker) {
    const simd::Denormals flushed(
        simd::Denormals::Mode::flush);  // as in every thread that calls the core
    lowerThreadPriority();
    insideTask = true;
    for (std::size_t first = worker;;) {
      const std::uint32_t seen = calls_.load();
      if (joinOneCall(first)) continue;
      if (spin([&] { return calls_.load(std::memory_order_relaxed) != seen; })) continue;
      sleepers_.fetch_add(1);
      calls_.wait(seen);
      sleepers_.fetch_sub(1);
    }
  }

  // Joins the next call, round robin from `first`, that accepts helpers.
  bool joinOneCall(std::size_t& first) {
    const std::size_t used = used_.load();
    for (std::size_t i = 0; i < used; ++i) {
      Slot& slot = slots_[(first + i) % used];
      std::uint32_t state = slot.state.load(std::memory_order_relaxed);
      while (state >= Slot::openSlot) {
        if (!slot.state.compare_exchange_weak(state, state - Slot::openSlot + 1,
                                              std::memory_order_acq_rel, std::memory_order_relaxed))
          continue;
        slot.work();
        if ((slot.state.fetch_sub(1, std::memory_order_acq_rel) & Slot::helperMask) == 1)
          slot.state.notify_one();
        first = (first + i + 1) % used;
        return true;
      }
    }
    return false;
  }

  std::array<Slot, 64> slots_;
  std::atomic<std::size_t> used_{0};  // number of leading slots that were ever taken
  alignas(64) std::atomic<std::uint32_t> calls_{
      0};  // number of calls made; idle workers wait for it to change
  std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<unsigned> workers_{0};
  std::mutex growing_;
};

// Never destroyed: detached workers use it until the process ends.
Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

}  // namespace

void parallelFor(std::size_t tasks, unsigned maxThreads, TaskRef body) {
  if (maxThreads <= 1 || tasks <= 1 || insideTask) {
    for (std::size_t task = 0; task < tasks; ++task) {
      checkStop();
      body(task);
    }
    return;
  }
  const std::size_t helpers = std::min<std::size_t>({maxThreads - 1, tasks - 1, Pool::maxWorkers});
  pool().run(tasks, static_cast<unsigned>(helpers), body);
}

}  // namespace deeptype
