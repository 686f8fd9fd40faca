#include "runner.h"

#include <atomic>
#include <cstdint>
#include <system_error>
#include <thread>
#include <utility>

#include "../../core/platform/priority.h"
#include "../../core/platform/spin.h"

namespace deeptype::addon {

struct Runners::Shared {
  WorkQueue ordinary, urgent;
  // Work that waits; counted no later than it can be taken. A thread that takes some leaves `free`
  // before the work leaves `waiting`, so that the owner never counts on a thread that is busy.
  std::atomic<unsigned> waiting{0};
  std::atomic<unsigned> free{0};           // threads that look for work, or are about to
  std::atomic<unsigned> inside{0};         // threads that may still touch the work they took
  std::atomic<std::uint32_t> arrivals{0};  // changes where a thread should look again
  std::atomic<unsigned> sleepers{0};       // threads that wait for that asleep
  std::atomic<bool> servesUrgent{false};   // whether there is a thread for urgent work
  std::atomic<bool> closed{false};

  void wakeOne() {
    arrivals.fetch_add(1);
    if (sleepers.load() > 0) arrivals.notify_one();
  }
  void awaitArrival(std::uint32_t seen) {
    if (spin([&] { return arrivals.load(std::memory_order_relaxed) != seen; })) return;
    sleepers.fetch_add(1);
    arrivals.wait(seen);
    sleepers.fetch_sub(1);
  }

  // `computed` runs between the two halves of the work.
  template <class Computed>
  void carryOut(std::shared_ptr<Runnable> work, Computed computed) {
    inside.fetch_add(1);
    if (!closed.load()) {
      {
        const ComputeScope computing;
        work->compute();
      }
      computed();
      work->tell();
    }
    work.reset();  // released before `wait` returns
    inside.fetch_sub(1);
    inside.notify_all();
  }
};

Runners::Runners(unsigned most) : most_(most), shared_(std::make_shared<Shared>()) {}

Runners::~Runners() { close(); }

void Runners::startThread() {
  shared_->free.fetch_add(1);
  try {
    std::thread([shared = shared_] { serve(*shared); }).detach();
    ++threads_;
  } catch (const std::exception&) {  // std::system_error or std::bad_alloc
    shared_->free.fetch_sub(1);
    throw;
  }
}

void Runners::push(std::shared_ptr<Runnable> work) {
  Shared& shared = *shared_;
  Runnable& added = *work;
  shared.waiting.fetch_add(1);
  shared.ordinary.push(added.ordinary_, std::move(work));
  try {
    if (shared.waiting.load() > shared.free.load() && threads_ < most_) return startThread();
  } catch (const std::exception&) {
    if (threads_ == 0) {
      shared.waiting.fetch_sub(1);
      shared.ordinary.take();  // the work just pushed, as no thread exists to leave other work
      throw;
    }
  }
  shared.wakeOne();
}

void Runners::hasten(std::shared_ptr<Runnable> work) {
  Shared& shared = *shared_;
  Runnable& hastened = *work;
  if (hastened.taken_.load() || shared.closed.load()) return;
  if (shared.waiting.load() <= shared.free.load()) return;  // a free thread is about to take it
  if (std::exchange(hastened.isHastened_, true)) return;
  shared.urgent.push(hastened.urgent_, std::move(work));
  if (shared.servesUrgent.exchange(true)) return;
  try {
    std::thread([self = shared_] { serveUrgent(*self); }).detach();
  } catch (const std::exception&) {
    shared.servesUrgent.store(false);  // it is done in its turn
  }
}

void Runners::close() {
  shared_->closed.store(true);
  shared_->arrivals.fetch_add(1);
  shared_->arrivals.notify_all();
}

void Runners::wait() const {
  for (unsigned inside; (inside = shared_->inside.load()) > 0;) shared_->inside.wait(inside);
}

void Runners::serve(Shared& shared) {
  lowerThreadPriority();
  while (!shared.closed.load()) {
    const std::uint32_t seen = shared.arrivals.load();
    std::shared_ptr<Runnable> work = shared.ordinary.take();
    if (!work) {
      shared.awaitArrival(seen);
      continue;
    }
    shared.free.fetch_sub(1);
    shared.waiting.fetch_sub(1);
    shared.carryOut(std::move(work), [&] { shared.free.fetch_add(1); });
  }
}

void Runners::serveUrgent(Shared& shared) {
  lowerThreadPriority();
  do {
    while (std::shared_ptr<Runnable> work = shared.urgent.take()) {
      shared.waiting.fetch_sub(1);
      shared.carryOut(std::move(work), [] {});
    }
    shared.servesUrgent.store(false);
  } while (shared.urgent.hasNew() && !shared.servesUrgent.exchange(true));
}

}  // namespace deeptype::addon
