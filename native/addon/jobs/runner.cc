#include "runner.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "../../core/platform/host.h"
#include "../../core/platform/spin.h"

namespace deeptype::addon {

struct Runners::Desk {
  static constexpr unsigned kept = 4;  // threads that stay when there is nothing to do

  explicit Desk(unsigned most) : most(most) {}

  const unsigned most;
  std::mutex mutex;
  std::condition_variable came, left;
  std::list<std::shared_ptr<Runnable>> queue;
  std::size_t hastened = 0;  // the first so many of the queue
  unsigned threads = 0;
  unsigned free = 0;    // threads that wait for work, or are about to
  unsigned inside = 0;  // threads that may still touch the work they took
  bool over = false;
  std::atomic<bool> calls{false};  // whether a thread that spins should look

  // All of these with the mutex held.
  void addThread(const std::shared_ptr<Desk>& self) {
    std::thread([self] { serve(self); }).detach();
    ++threads;
    ++free;
  }
  // Whether a thread that has nothing in hand should end.
  bool isSpare() const {
    return over || (queue.empty() ? free > kept : threads > most && hastened == 0);
  }
  std::shared_ptr<Runnable> take() {
    std::shared_ptr<Runnable> work = std::move(queue.front());
    queue.pop_front();
    if (std::exchange(work->place_, Runnable::Place::none) == Runnable::Place::hastened) --hastened;
    calls.store(!queue.empty(), std::memory_order_relaxed);
    return work;
  }
  void call() {
    calls.store(true, std::memory_order_release);
    came.notify_one();
  }
};

Runners::Runners(unsigned most) : desk_(std::make_shared<Desk>(most)) {}

Runners::~Runners() {
  const std::lock_guard lock(desk_->mutex);
  desk_->over = true;
  desk_->calls.store(true, std::memory_order_release);
  desk_->came.notify_all();
}

void Runners::push(std::shared_ptr<Runnable> work) {
  Desk& desk = *desk_;
  const std::lock_guard lock(desk.mutex);
  desk.queue.push_back(std::move(work));
  const auto at = std::prev(desk.queue.end());
  try {
    if (desk.queue.size() > desk.free && desk.threads < desk.most) desk.addThread(desk_);
  } catch (const std::exception&) {  // std::system_error or std::bad_alloc
    if (desk.threads == 0) {
      desk.queue.erase(at);
      throw;
    }
  }
  (*at)->at_ = at;
  (*at)->place_ = Runnable::Place::queued;
  desk.call();
}

void Runners::hasten(Runnable& work) {
  Desk& desk = *desk_;
  const std::lock_guard lock(desk.mutex);
  if (work.place_ != Runnable::Place::queued) return;
  work.place_ = Runnable::Place::hastened;
  desk.queue.splice(desk.queue.begin(), desk.queue, work.at_);
  ++desk.hastened;
  try {
    if (desk.free == 0 && desk.threads <= desk.most) desk.addThread(desk_);
  } catch (const std::exception&) {
    // The next thread that is free takes it.
  }
  desk.call();
}

void Runners::drop() {
  std::list<std::shared_ptr<Runnable>> dropped;  // dies when the mutex is free again
  const std::lock_guard lock(desk_->mutex);
  for (const auto& work : desk_->queue) work->place_ = Runnable::Place::none;
  dropped.swap(desk_->queue);
  desk_->hastened = 0;
}

void Runners::wait() const {
  std::unique_lock lock(desk_->mutex);
  desk_->left.wait(lock, [&] { return desk_->inside == 0; });
}

void Runners::serve(const std::shared_ptr<Desk>& desk) {
  yieldToHost();
  std::unique_lock lock(desk->mutex);
  while (!desk->isSpare()) {
    if (desk->queue.empty()) {
      lock.unlock();
      spin([&] { return desk->calls.load(std::memory_order_acquire); });
      lock.lock();
      desk->came.wait(lock, [&] { return !desk->queue.empty() || desk->over; });
      continue;
    }
    std::shared_ptr<Runnable> work = desk->take();
    --desk->free;
    ++desk->inside;
    lock.unlock();
    {
      const Computing computing;
      work->compute();
    }
    lock.lock();
    ++desk->free;
    lock.unlock();
    work->tell();
    work.reset();  // who waits for us may rely on it
    lock.lock();
    if (--desk->inside == 0) desk->left.notify_all();
  }
  --desk->threads;
  --desk->free;
}

}  // namespace deeptype::addon
