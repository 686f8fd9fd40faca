#pragma once
// A computation off the JavaScript thread, by threads of the environment and never on libuv's pool.
// Its promise is settled on the JavaScript thread exactly once. If the environment ends first, a
// queued job is dropped, and one that runs is stopped and waited for.
#include <napi.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "../../core/training/plans.h"
#include "environment.h"
#include "stop_signal.h"
#include "work_queue.h"

namespace deeptype::addon {

class Job final : public Runnable, public std::enable_shared_from_this<Job> {
 public:
  // Makes the value of the promise, on the JavaScript thread.
  using Finish = std::function<Napi::Value(Napi::Env)>;
  // Runs on a thread of the lane, under the flag of `stop`; Stopped rejects the promise with
  // ERR_ABORTED.
  using Work = std::function<Finish(const Watch& watch)>;

  // `owner` is kept from garbage collection until the promise is settled; `done` runs just before
  // that, on the JavaScript thread. Set what `done` resets only after `start` has returned: it
  // throws without memory or threads. `progress` may be empty; it is called with (done, of), at
  // most every kReportEvery.
  static Napi::Promise start(Lane lane, Napi::Object owner, std::shared_ptr<StopSignal> stop,
                             Work work, Napi::Value progress, std::function<void()> done);

  void stop();     // at the end of the environment
  void abandon();  // after it has stopped

 private:
  friend class StopSignal;
  Job(Lane lane, Napi::Object owner, std::shared_ptr<StopSignal> stop, Work work,
      Napi::Value progress, std::function<void()> done);
  void compute() noexcept override;
  void tell() noexcept override;
  void report(std::uint64_t done, std::uint64_t of);
  void settle(Napi::Env env);
  void hasten() { environment_.runners(lane_).hasten(shared_from_this()); }

  Environment& environment_;
  Lane lane_;
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference owner_;
  Napi::FunctionReference progress_;
  bool wantsProgress_;
  std::shared_ptr<StopSignal> stop_;
  std::function<void()> done_;
  Work work_;
  Finish finish_;
  const char* failureCode_ = "ERR_OUT_OF_MEMORY";  // where there is no finish_
  const char* failure_ = "not enough memory";
  std::unique_ptr<Environment::Task> settlement_;  // what is posted when it is done

  static constexpr std::chrono::milliseconds kReportEvery{10};
  std::chrono::steady_clock::time_point lastReport_;  // of the job's thread alone
  // What was reported last: `of` is the same in all reports of a job.
  std::atomic<std::uint64_t> reportDone_{0};
  std::atomic<std::uint64_t> reportOf_{0};
  std::atomic<bool> reportPending_{false};
};

}  // namespace deeptype::addon
