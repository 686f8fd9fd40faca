#pragma once
// A thread that runs one piece of work after another. Kept between jobs, because starting a thread
// takes longer than a short epoch.
#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace deeptype::addon {

class Runner {
 public:
  using Work = std::function<void()>;

  Runner() : thread_([this] { serve(); }) {}  // throws std::system_error
  ~Runner();                                  // when the work under way is done
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void start(Work work);  // only when idle; work must not throw
  void wait() const;      // until idle

 private:
  enum State : int { idle, busy, over };
  void serve();

  Work work_;
  std::atomic<int> state_{idle};
  std::thread thread_;  // last: it reads the others
};

}  // namespace deeptype::addon
