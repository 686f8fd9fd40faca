#pragma once
// A stop flag that can be waited for, and the jobs under it.
#include <atomic>
#include <cstdint>
#include <vector>

#include "../../core/platform/stop.h"

namespace deeptype::addon {

class Job;

// Set by the JavaScript thread without waiting; wakes the threads that wait for it. Queued jobs
// under it then run before others, so that they end.
class StopSignal {
 public:
  void set();
  void clear() { flag_.clear(); }
  const StopFlag& flag() const { return flag_; }

  // Waits until `ready()` holds (true) or the flag is set (false).
  template <class Ready>
  bool waitFor(Ready ready) const {
    for (;;) {
      const std::uint32_t seen = changes_.load();
      if (ready()) return true;
      if (flag_.isSet()) return false;
      changes_.wait(seen);
    }
  }
  // Call after a change of the condition of `wait`.
  void change() {
    changes_.fetch_add(1);
    changes_.notify_all();
  }

 private:
  friend class Job;
  StopFlag flag_;
  std::atomic<std::uint32_t> changes_{0};
  std::vector<Job*> jobs_;  // not settled yet; of the JavaScript thread alone
};

}  // namespace deeptype::addon
