#include "job.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "environment.h"
#include "errors.h"

namespace deeptype::addon {

// ---- the environment

Environment::Environment(Napi::Env env)
    : env_(env),
      queue_(Napi::ThreadSafeFunction::New(
          env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "deeptype", 0, 1)) {
  queue_.Unref(env);
  // Registered after the queue, so it runs before the queue is closed.
  env.AddCleanupHook([this] { end(); });
}

void Environment::post(Task task) {
  auto boxed = std::make_unique<Task>(std::move(task));
  const napi_status status =
      queue_.NonBlockingCall(boxed.get(), [](Napi::Env env, Napi::Function, Task* raw) {
        const std::unique_ptr<Task> owned(raw);
        if (env != nullptr) (*owned)(env);
      });
  if (status == napi_ok) boxed.release();  // the queue owns it now
}

void Environment::add(std::shared_ptr<Job> job) {
  if (jobs_.empty()) queue_.Ref(env_);
  jobs_.insert(std::move(job));
}

void Environment::remove(const std::shared_ptr<Job>& job) {
  jobs_.erase(job);
  if (jobs_.empty() && !ended_) queue_.Unref(env_);
}

void Environment::end() {
  ended_ = true;
  for (const auto& job : jobs_) job->stopAndWait();
  jobs_.clear();
  for (const auto& runner : runners_) runner->wait();
  runners_.clear();
}

std::unique_ptr<Runner> Environment::takeRunner() {
  const auto idle = std::ranges::find_if(runners_, [](const auto& r) { return r->isIdle(); });
  if (idle == runners_.end()) return std::make_unique<Runner>();
  std::unique_ptr<Runner> runner = std::move(*idle);
  runners_.erase(idle);
  return runner;
}

// The runner has told the result of its job, and is about to be idle. It is not waited for: where
// there are more threads than processors, that takes milliseconds.
void Environment::giveBack(std::unique_ptr<Runner> runner) {
  constexpr std::size_t kMost = 4;
  runners_.push_back(std::move(runner));
  for (auto it = runners_.begin(); runners_.size() > kMost && it != runners_.end();)
    it = (*it)->isIdle() ? runners_.erase(it) : std::next(it);
}

// ---- a job

void StopSignal::set() {
  {
    const std::lock_guard lock(mutex_);
    flag_.set();
  }
  wake_.notify_all();
}

Job::Job(Napi::Object owner, std::shared_ptr<StopSignal> stop, Napi::Value progress,
         std::function<void()> done)
    : environment_(Environment::of(owner.Env())),
      deferred_(Napi::Promise::Deferred::New(owner.Env())),
      owner_(Napi::Persistent(owner)),
      wantsProgress_(progress.IsFunction()),
      stop_(std::move(stop)),
      done_(std::move(done)) {
  if (wantsProgress_) progress_ = Napi::Persistent(progress.As<Napi::Function>());
}

Napi::Promise Job::start(Napi::Object owner, std::shared_ptr<StopSignal> stop, Work work,
                         Napi::Value progress, std::function<void()> done) {
  const std::shared_ptr<Job> job(new Job(owner, std::move(stop), progress, std::move(done)));
  job->environment_.add(job);
  try {
    job->runner_ = job->environment_.takeRunner();
    job->runner_->start([job, work = std::move(work)] { job->run(work); });
  } catch (const std::exception& error) {  // std::system_error or std::bad_alloc
    job->environment_.remove(job);
    job->done_();
    throw codedError(owner.Env(), "ERR_OUT_OF_MEMORY",
                     std::string("no thread could be started: ") + error.what());
  }
  return job->deferred_.Promise();
}

void Job::run(const Work& work) {
  const simd::Denormals flushed(simd::Denormals::Mode::flush);
  Finish finish;
  std::string failure;
  try {
    const Watch watch{stop_->flag(),
                      wantsProgress_
                          ? [this](std::uint64_t done, std::uint64_t of) { report(done, of); }
                          : std::function<void(std::uint64_t, std::uint64_t)>()};
    finish = work(watch);
  } catch (const std::bad_alloc&) {
    failure = "not enough memory";
  } catch (const std::exception& error) {
    failure = error.what();
  }
  environment_.post(
      [self = shared_from_this(), finish = std::move(finish),
       failure = std::move(failure)](Napi::Env env) { self->settle(env, finish, failure); });
}

// At most one report waits in the queue; a later one overwrites its numbers.
void Job::report(std::uint64_t done, std::uint64_t of) {
  const auto now = std::chrono::steady_clock::now();
  if (now - lastReport_ < kReportEvery) return;
  lastReport_ = now;
  {
    const std::lock_guard lock(reportMutex_);
    reportDone_ = done;
    reportOf_ = of;
    if (reportPending_) return;
    reportPending_ = true;
  }
  environment_.post([self = shared_from_this()](Napi::Env env) {
    std::uint64_t done = 0;
    std::uint64_t of = 0;
    {
      const std::lock_guard lock(self->reportMutex_);
      self->reportPending_ = false;
      done = self->reportDone_;
      of = self->reportOf_;
    }
    if (self->progress_.IsEmpty()) return;
    self->progress_.Call({Napi::Number::New(env, static_cast<double>(done)),
                          Napi::Number::New(env, static_cast<double>(of))});
  });
}

void Job::settle(Napi::Env env, const Finish& finish, const std::string& failure) {
  const Napi::HandleScope scope(env);
  const std::shared_ptr<Job> self = shared_from_this();
  environment_.giveBack(std::move(runner_));
  environment_.remove(self);
  // What it keeps is let go here: the runner may be the last to let go of the job.
  std::exchange(done_, nullptr)();
  progress_.Reset();
  try {
    if (!finish) throw codedError(env, "ERR_OUT_OF_MEMORY", failure);
    deferred_.Resolve(finish(env));
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  } catch (const std::bad_alloc&) {
    deferred_.Reject(codedError(env, "ERR_OUT_OF_MEMORY", "not enough memory").Value());
  }
  owner_.Reset();
}

void Job::stopAndWait() {
  stop_->set();
  runner_->wait();
  runner_.reset();
  progress_.Reset();
  owner_.Reset();
}

}  // namespace deeptype::addon
