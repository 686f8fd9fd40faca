#pragma once
// What the addon keeps for one JavaScript environment (the main thread or a worker): the error
// class, the queue back to its thread, and the jobs that run.
#include <napi.h>

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "runner.h"

namespace deeptype::addon {

class Job;

class Environment {
 public:
  explicit Environment(Napi::Env env);
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  Napi::FunctionReference& errorFactory() { return errorFactory_; }

  // Runs `task` on the JavaScript thread, soon; from any thread of a live job. Dropped when the
  // environment ends first.
  using Task = std::function<void(Napi::Env)>;
  void post(Task task);

  void add(std::shared_ptr<Job> job);
  void remove(const std::shared_ptr<Job>& job);

  // An idle thread, kept from an earlier job or new (throws std::system_error); and it back.
  std::unique_ptr<Runner> takeRunner();
  void giveBack(std::unique_ptr<Runner> runner);

 private:
  void end();  // the environment's cleanup hook: stops and joins every job

  Napi::Env env_;
  Napi::ThreadSafeFunction queue_;
  Napi::FunctionReference errorFactory_;
  std::set<std::shared_ptr<Job>> jobs_;
  std::vector<std::unique_ptr<Runner>> runners_;  // idle, or about to be
  bool ended_ = false;
};

}  // namespace deeptype::addon
