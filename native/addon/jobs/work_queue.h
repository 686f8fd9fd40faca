#pragma once
// A queue, first come first served, that threads of lower priority take from and that its producer
// never waits for: it pushes without a lock. The lock is among those who take. (A condition
// variable would not do: pthread_cond_signal waits until the thread woken before has left.)
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace deeptype::addon {

class WorkQueue;

// A piece of work.
class Runnable {
 public:
  virtual ~Runnable() = default;
  virtual void compute() noexcept = 0;
  // Follows `compute` on the same thread, which already counts as free: if the listener queues more
  // work, no other thread is started for it.
  virtual void tell() noexcept = 0;

 private:
  friend class Runners;
  friend class WorkQueue;
  // A place in one queue. It keeps the work alive, also after another queue has returned it.
  struct Place {
    std::shared_ptr<Runnable> work;
    Place* next = nullptr;
  };
  Place ordinary_, urgent_;
  std::atomic<bool> taken_{false};
  bool isHastened_ = false;  // of the owner's thread alone
};

class WorkQueue {
 public:
  using Place = Runnable::Place;

  WorkQueue() = default;
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue() {
    while (take()) continue;
  }

  // `place` is a member of the work.
  void push(Place& place, std::shared_ptr<Runnable> work) noexcept {
    place.work = std::move(work);
    place.next = pushed_.load(std::memory_order_relaxed);
    while (!pushed_.compare_exchange_weak(place.next, &place)) continue;
  }

  // The oldest work that no queue has returned yet; null if there is none.
  std::shared_ptr<Runnable> take() noexcept {
    const std::lock_guard lock(takers_);
    for (;;) {
      if (!first_) first_ = oldestFirst(pushed_.exchange(nullptr));
      if (!first_) return nullptr;
      std::shared_ptr<Runnable> work = std::move(std::exchange(first_, first_->next)->work);
      if (!work->taken_.exchange(true)) return work;
    }
  }

  bool hasNew() const { return pushed_.load() != nullptr; }

 private:
  static Place* oldestFirst(Place* newest) {
    Place* reversed = nullptr;
    while (newest) {
      Place* const next = std::exchange(newest->next, reversed);
      reversed = std::exchange(newest, next);
    }
    return reversed;
  }

  std::atomic<Place*> pushed_{nullptr};  // a stack: the newest first
  std::mutex takers_;
  Place* first_ = nullptr;  // taken off the stack, oldest first
};

}  // namespace deeptype::addon
