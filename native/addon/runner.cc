#include "runner.h"

#include <thread>
#include <utility>

#include "../core/host.h"
#include "../core/spin.h"

namespace deeptype::addon {

struct Runner::Desk {
  Work work;
  std::atomic<int> state{idle};
};

Runner::Runner() : desk_(std::make_shared<Desk>()) {
  std::thread([desk = desk_] { serve(*desk); }).detach();
}

Runner::~Runner() {
  desk_->state.store(over, std::memory_order_release);
  desk_->state.notify_all();
}

void Runner::start(Work work) {
  desk_->work = std::move(work);
  desk_->state.store(busy, std::memory_order_release);
  desk_->state.notify_all();
}

bool Runner::isIdle() const { return desk_->state.load(std::memory_order_acquire) == idle; }

void Runner::wait() const { desk_->state.wait(busy, std::memory_order_acquire); }

void Runner::serve(Desk& desk) {
  yieldToHost();
  for (;;) {
    const auto called = [&] { return desk.state.load(std::memory_order_acquire) != idle; };
    if (!spin(called)) desk.state.wait(idle, std::memory_order_acquire);
    if (desk.state.load(std::memory_order_acquire) == over) return;
    {
      const Computing computing;
      std::exchange(desk.work, nullptr)();
    }
    int finished = busy;
    if (!desk.state.compare_exchange_strong(finished, idle, std::memory_order_release)) return;
    desk.state.notify_all();
  }
}

}  // namespace deeptype::addon
