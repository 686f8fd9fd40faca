#include "environment.h"

#include <algorithm>
#include <utility>

#include "../../core/platform/threads.h"
#include "job.h"

namespace deeptype::addon {

namespace {

thread_local napi_env envOfThread = nullptr;

}  // namespace

Napi::Env Environment::ofThread() { return envOfThread; }

Environment::Environment(Napi::Env env)
    : env_(env), queue_(decltype(queue_)::New(env, "deeptype", 0, 1)) {
  envOfThread = env;
  queue_.Unref(env);
  // Registered after the queue, so it runs before the queue is closed.
  env.AddCleanupHook([this] { end(); });
}

void Environment::post(std::unique_ptr<Task> task) noexcept {
  if (queue_.NonBlockingCall(task.get()) == napi_ok) task.release();  // the queue owns it now
}

void Environment::deliver(Napi::Env env, Napi::Function, std::nullptr_t*, Task* task) {
  const std::unique_ptr<Task> owned(task);
  if (env != nullptr) (*owned)(env);
}

void Environment::add(std::shared_ptr<Job> job) {
  jobs_.insert(std::move(job));
  if (jobs_.size() == 1) queue_.Ref(env_);
}

void Environment::remove(const std::shared_ptr<Job>& job) {
  jobs_.erase(job);
  if (jobs_.empty() && !ended_) queue_.Unref(env_);
}

void Environment::end() {
  ended_ = true;
  for (Runners* runners : {&brief_, &lengthy_}) runners->close();
  for (const auto& job : jobs_) job->stop();
  for (const Runners* runners : {&brief_, &lengthy_}) runners->wait();
  for (const auto& job : jobs_) job->abandon();
  jobs_.clear();
}

unsigned mostThreads(Lane lane) {
  return lane == Lane::brief ? std::clamp(defaultThreads(), 2u, 8u) : 16;
}

}  // namespace deeptype::addon
