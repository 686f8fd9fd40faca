#pragma once
// How a computation learns that it should end early. Whoever begins one opens a StopScope; loops
// look at its flag by checkStop(), and parallelFor does before each task, so that no more than some
// milliseconds lie between two looks.
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

// Thrown where a computation ends early. What it was to write is unspecified then.
struct Stopped {};

// While it lives, what its thread computes, by the tasks of parallelFor too, runs under `flag`;
// under none where that is null: it then runs to its end.
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

// Throws Stopped where the flag is set that this thread computes under.
inline void checkStop() {
  const StopFlag* const flag = StopScope::current();
  if (flag && flag->isSet()) throw Stopped();
}

// Runs body(); whether it came to its end.
template <class Body>
bool completes(Body body) {
  try {
    body();
    return true;
  } catch (const Stopped&) {
    return false;
  }
}

// body(begin, end) over 0 .. count - 1, a run at a time, with a look at the flag before each.
template <class Body>
void forRuns(std::size_t count, Body body) {
  constexpr std::size_t run = std::size_t{1} << 16;
  for (std::size_t begin = 0; begin < count; begin += run) {
    checkStop();
    body(begin, count - begin < run ? count : begin + run);
  }
}

}  // namespace deeptype
