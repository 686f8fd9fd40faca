#pragma once
// The one process-wide pool. Work is cut into tasks whose boundaries do not depend on the number of
// threads, so that results are the same bits for 1..N threads.
#include <cstddef>

#include "function_ref.h"

namespace deeptype {

// Number of threads a caller gets when it asks for 'auto': min(cores, cgroup quota), at least 1.
unsigned defaultThreads();

using TaskRef = FunctionRef<void(std::size_t task)>;

// Runs body(0) .. body(tasks - 1), each once, on at most `maxThreads` threads, the caller's among
// them; returns when all have run. `body` must not throw. maxThreads <= 1 or tasks <= 1 runs
// inline. May be called from several threads at once, and from inside a task (then it runs inline).
void parallelFor(std::size_t tasks, unsigned maxThreads, TaskRef body);

}  // namespace deeptype
