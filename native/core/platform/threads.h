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
// them; returns when all have run. `body` may throw std::bad_alloc and Stopped alone, as this then
// does too, with tasks left out where it is Stopped: it looks at the caller's flag before each
// task. maxThreads <= 1 or tasks <= 1 runs inline, as do calls from a task. Several may run at
// once.
void parallelFor(std::size_t tasks, unsigned maxThreads, TaskRef body);

}  // namespace deeptype
