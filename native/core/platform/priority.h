#pragma once
// Priority of computing threads against the event loops of the host process.

namespace deeptype {

// Lowers the priority of the calling thread below that of the event loops and I/O threads. On Linux
// its nice value becomes that of the process + 5, at most 19, about a quarter of a contended
// processor. Elsewhere nothing changes.
void lowerThreadPriority();

// Counts the calling thread as computing while it lives.
class ComputeScope {
 public:
  ComputeScope();
  ~ComputeScope();
  ComputeScope(const ComputeScope&) = delete;
  ComputeScope& operator=(const ComputeScope&) = delete;
};

// Whether at least as many threads compute as there are processors, so that spinning costs them
// time.
bool isOversubscribed();

}  // namespace deeptype
