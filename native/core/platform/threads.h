#pragma once
// The process-wide thread pool. Callers cut work into tasks whose boundaries do not depend on the
// number of threads, so that results have the same bits for any number of threads.
#include <cstddef>

#include "function_ref.h"

namespace deeptype {

// Threads used by default: min(cores of the affinity mask, cgroup quota), at least 1.
unsigned defaultThreads();

using TaskRef = FunctionRef<void(std::size_t task)>;

// Runs body(0) to body(tasks - 1), each once, on at most `maxThreads` threads including the
// caller's; returns when all have run. `body` may throw only std::bad_alloc and Stopped, which are
// rethrown here; after Stopped the remaining tasks are skipped. The caller's stop flag is polled
// before each task. Runs inline if maxThreads <= 1, tasks <= 1 or called from a task. Concurrent
// calls are allowed.
void parallelFor(std::size_t tasks, unsigned maxThreads, TaskRef body);

}  // namespace deeptype
