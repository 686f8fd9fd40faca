#include "job.h"

#include <algorithm>
#include <utility>

#include "../../core/platform/threads.h"
#include "../convert/errors.h"

namespace deeptype::addon {

Job::Job(Lane lane, Napi::Object owner, std::shared_ptr<StopSignal> stop, Work work,
         Napi::Value progress, std::function<void()> done)
    : environment_(Environment::of(owner.Env())),
      lane_(lane),
      deferred_(Napi::Promise::Deferred::New(owner.Env())),
      owner_(Napi::Persistent(owner)),
      wantsProgress_(progress.IsFunction()),
      stop_(std::move(stop)),
      done_(std::move(done)),
      work_(std::move(work)) {
  if (wantsProgress_) progress_ = Napi::Persistent(progress.As<Napi::Function>());
}

Napi::Promise Job::start(Lane lane, Napi::Object owner, std::shared_ptr<StopSignal> stop, Work work,
                         Napi::Value progress, std::function<void()> done) {
  const std::shared_ptr<Job> job(
      new Job(lane, owner, std::move(stop), std::move(work), progress, std::move(done)));
  // Made now: there may be no memory when the work is done.
  job->settlement_ =
      std::make_unique<Environment::Task>([weak = job->weak_from_this()](Napi::Env env) {
        if (const auto self = weak.lock()) self->settle(env);
      });
  job->environment_.add(job);
  try {
    job->stop_->jobs_.push_back(job.get());
    job->environment_.runners(lane).push(job);
  } catch (const std::exception&) {  // std::system_error or std::bad_alloc
    job->environment_.remove(job);
    std::erase(job->stop_->jobs_, job.get());
    throw codedError(owner.Env(), "ERR_OUT_OF_MEMORY", "no thread could be started");
  }
  return job->deferred_.Promise();
}

void Job::compute() noexcept {
  const simd::Denormals flushed(simd::Denormals::Mode::flush);
  try {
    const StopScope scope(&stop_->flag());
    const Watch watch{stop_->flag(),
                      wantsProgress_
                          ? [this](std::uint64_t done, std::uint64_t of) { report(done, of); }
                          : std::function<void(std::uint64_t, std::uint64_t)>()};
    finish_ = work_(watch);
  } catch (const Stopped&) {
    failureCode_ = "ERR_ABORTED";
    failure_ = "the call was stopped";
  } catch (const std::exception&) {
    // std::bad_alloc, or std::length_error for more than can be addressed.
  }
  work_ = nullptr;
}

void Job::tell() noexcept { environment_.post(std::move(settlement_)); }

// At most one report waits in the queue; a later one overwrites its numbers. None where there is no
// memory for it.
void Job::report(std::uint64_t done, std::uint64_t of) {
  const auto now = std::chrono::steady_clock::now();
  if (now - lastReport_ < kReportEvery) return;
  lastReport_ = now;
  reportDone_.store(done);
  reportOf_.store(of);
  if (reportPending_.exchange(true)) return;
  try {
    environment_.post([self = shared_from_this()](Napi::Env env) {
      self->reportPending_.store(false);
      if (self->progress_.IsEmpty()) return;
      self->progress_.Call({Napi::Number::New(env, static_cast<double>(self->reportDone_.load())),
                            Napi::Number::New(env, static_cast<double>(self->reportOf_.load()))});
    });
  } catch (const std::bad_alloc&) {
    reportPending_.store(false);
  }
}

void Job::settle(Napi::Env env) {
  const Napi::HandleScope scope(env);
  const std::shared_ptr<Job> self = shared_from_this();
  environment_.remove(self);
  std::erase(stop_->jobs_, this);
  // Released here: the job itself may be destroyed on its own thread later.
  std::exchange(done_, nullptr)();
  progress_.Reset();
  const Finish finish = std::exchange(finish_, nullptr);
  try {
    if (!finish) throw codedError(env, failureCode_, failure_);
    deferred_.Resolve(finish(env));
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  } catch (const std::bad_alloc&) {
    deferred_.Reject(codedError(env, "ERR_OUT_OF_MEMORY", "not enough memory").Value());
  }
  owner_.Reset();
}

void Job::stop() { stop_->set(); }

void Job::abandon() {
  std::erase(stop_->jobs_, this);
  done_ = nullptr;
  progress_.Reset();
  owner_.Reset();
}

}  // namespace deeptype::addon
