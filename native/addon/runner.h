#pragma once
// A thread that runs one piece of work after another. Kept between jobs, because starting a thread
// takes longer than a short epoch.
#include <atomic>
#include <functional>
#include <memory>

namespace deeptype::addon {

class Runner {
 public:
  using Work = std::function<void()>;

  Runner();  // throws std::system_error
  // Never waits: the thread ends by itself, after the work under way.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void start(Work work);  // only when idle; work must not throw
  bool isIdle() const;
  void wait() const;  // until idle

 private:
  enum State : int { idle, busy, over };
  struct Desk;  // what the thread and its owner share
  static void serve(Desk& desk);

  std::shared_ptr<Desk> desk_;
};

}  // namespace deeptype::addon
