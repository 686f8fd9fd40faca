#pragma once
// How a long computation learns that it should end early: looked at once a mini-batch or iteration.
#include <atomic>

namespace deeptype {

class StopFlag {
 public:
  void set() { flag_.store(true, std::memory_order_release); }
  void clear() { flag_.store(false, std::memory_order_release); }
  bool isSet() const { return flag_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> flag_{false};
};

}  // namespace deeptype
