#include "runner.h"

#include <utility>

#include "../core/spin.h"

namespace deeptype::addon {

Runner::~Runner() {
  wait();
  state_.store(over, std::memory_order_release);
  state_.notify_all();
  thread_.join();
}

void Runner::start(Work work) {
  work_ = std::move(work);
  state_.store(busy, std::memory_order_release);
  state_.notify_all();
}

void Runner::wait() const { state_.wait(busy, std::memory_order_acquire); }

void Runner::serve() {
  for (;;) {
    const auto called = [&] { return state_.load(std::memory_order_acquire) != idle; };
    if (!spin(called)) state_.wait(idle, std::memory_order_acquire);
    if (state_.load(std::memory_order_acquire) == over) return;
    std::exchange(work_, nullptr)();
    state_.store(idle, std::memory_order_release);
    state_.notify_all();
  }
}

}  // namespace deeptype::addon
