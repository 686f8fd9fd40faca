#pragma once
// Cooperative cancellation. The caller of a computation opens a StopScope; loops poll its flag with
// checkStop(), and parallelFor polls it before each task, so that polls are a few milliseconds
// apart.
#include <atomic>
#include <cstddef>
#include <utility>

namespace deeptype {

class StopFlag {
 public:
  void set() { flag_.store(true, std::memory_order_release); }
  void clear() { flag_.store(false, std::memory_order_release); }
  bool isSet() const { return flag_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> flag_{false};
};

// Thrown where a computation ends early. Its outputs are then unspecified.
struct Stopped {};

// While it lives, computations of its thread, including the tasks of parallelFor, poll `flag`; with
// a null flag they cannot be stopped.
class StopScope {
 public:
  explicit StopScope(const StopFlag* flag) : before_(std::exchange(current(), flag)) {}
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;
  ~StopScope() { current() = before_; }

  static const StopFlag*& current() {
    thread_local const StopFlag* flag = nullptr;
    return flag;
  }

 private:
  const StopFlag* before_;
};

// Throws Stopped where the flag of the current scope is set.
inline void checkStop() {
  const StopFlag* const flag = StopScope::current();
  if (flag && flag->isSet()) throw Stopped();
}

// Runs body(); returns false if it was stopped.
template <class Body>
bool completes(Body body) {
  try {
    body();
    return true;
  } catch (const Stopped&) {
    return false;
  }
}

// body(begin, end) over [0, count) in runs, with a checkStop() before each.
template <class Body>
void forRuns(std::size_t count, Body body) {
  constexpr std::size_t run = std::size_t{1} << 16;
  for (std::size_t begin = 0; begin < count; begin += run) {
    checkStop();
    body(begin, count - begin < run ? count : begin + run);
  }
}

}  // namespace deeptype
