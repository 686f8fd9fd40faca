#pragma once
// How many threads a short step is given: all, or one where that is faster. Which it is depends on
// how far apart the processors are, and a virtual machine's move: so both are tried, again and
// again.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace deeptype {

class Pace {
 public:
  // Whether steps are `short`: of long ones all threads pay, and no trial does.
  Pace(unsigned threads, bool isShort) : threads_(threads), isTried_(isShort && threads > 1) {}

  // Of the next step; the results are the same bits.
  unsigned threads() const { return isTried_ && isAlone_ ? 1 : threads_; }

  void begin() { began_ = Clock::now(); }
  void end() {
    if (!isTried_) return;
    const std::chrono::duration<double> took = Clock::now() - began_;
    // Of a trial the shortest step counts: others were interrupted.
    double& best = shortest_[isAlone_];
    best = std::min(best, took.count());
    ++steps_;
    if (steps_ == kTrial || steps_ == 2 * kTrial) isAlone_ = !isAlone_;
    if (steps_ == 2 * kTrial) isAlone_ = shortest_[true] < shortest_[false];
    if (steps_ < kPeriod) return;
    steps_ = 0;
    shortest_[false] = shortest_[true] = std::numeric_limits<double>::infinity();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr unsigned kTrial = 6, kPeriod = 512;  // steps

  unsigned threads_;
  bool isTried_;
  bool isAlone_ = false;
  unsigned steps_ = 0;  // of the period
  double shortest_[2] = {std::numeric_limits<double>::infinity(),
                         std::numeric_limits<double>::infinity()};  // seconds
  Clock::time_point began_;
};

}  // namespace deeptype
