#pragma once
// What the addon keeps for one JavaScript environment (the main thread or a worker): the error
// class, the queue back to its thread, the threads that compute for it, and their jobs.
#include <napi.h>

#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "../convert/external_memory.h"
#include "runner.h"

namespace deeptype::addon {

class Job;

// The threads that run a job, and the most of them per environment. `brief`, few: predictions,
// which use all processors if they are large and are short if not. `lengthy`, many: what may take
// long, or waits for the event loop as a custom loss does.
enum class Lane { brief, lengthy };
unsigned mostThreads(Lane lane);

class Environment {
 public:
  explicit Environment(Napi::Env env);
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
  // Of the calling JavaScript thread, for functions that do not get its environment.
  static Napi::Env ofThread();

  Napi::FunctionReference& errorFactory() { return errorFactory_; }
  const std::shared_ptr<MemoryHolders>& memoryHolders() const { return memoryHolders_; }

  // Runs `task` on the JavaScript thread, soon; from any thread of a live job. Dropped when the
  // environment ends first.
  using Task = std::function<void(Napi::Env)>;
  void post(Task task) { post(std::make_unique<Task>(std::move(task))); }
  void post(std::unique_ptr<Task> task) noexcept;  // allocates nothing

  void add(std::shared_ptr<Job> job);
  void remove(const std::shared_ptr<Job>& job);

  Runners& runners(Lane lane) { return lane == Lane::brief ? brief_ : lengthy_; }

 private:
  void end();  // the environment's cleanup hook: drops and stops every job, and waits for them

  static void deliver(Napi::Env env, Napi::Function, std::nullptr_t*, Task* task);

  Napi::Env env_;
  Napi::TypedThreadSafeFunction<std::nullptr_t, Task, deliver> queue_;
  Napi::FunctionReference errorFactory_;
  std::shared_ptr<MemoryHolders> memoryHolders_ = std::make_shared<MemoryHolders>();
  std::set<std::shared_ptr<Job>> jobs_;
  Runners brief_{mostThreads(Lane::brief)};
  Runners lengthy_{mostThreads(Lane::lengthy)};
  bool ended_ = false;
};

}  // namespace deeptype::addon
