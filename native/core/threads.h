#pragma once
// The one process-wide pool. Work is cut into tasks whose boundaries do not depend on the number of
// threads, so that results are the same bits for 1..N threads.
#include <cstddef>
#include <functional>
#include <type_traits>

namespace deeptype {

// Number of threads a caller gets when it asks for 'auto': min(cores, cgroup quota), at least 1.
unsigned defaultThreads();

// A reference to a callable that outlives the call; no allocation.
class TaskRef {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, TaskRef>)
      TaskRef(F&& body)  // NOLINT: implicit on purpose
      : object_(const_cast<void*>(static_cast<const void*>(&body))),
        call_([](void* object, std::size_t task) {
          (*static_cast<std::remove_reference_t<F>*>(object))(task);
        }) {}
  void operator()(std::size_t task) const { call_(object_, task); }

 private:
  void* object_;
  void (*call_)(void*, std::size_t);
};

// Runs body(0) .. body(tasks - 1), each once, on at most `maxThreads` threads, the caller's among
// them; returns when all have run. `body` must not throw. maxThreads <= 1 or tasks <= 1 runs
// inline. May be called from several threads at once, and from inside a task (then it runs inline).
void parallelFor(std::size_t tasks, unsigned maxThreads, TaskRef body);

}  // namespace deeptype
