#include "priority.h"

#include <algorithm>
#include <atomic>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "threads.h"

namespace deeptype {
namespace {

std::atomic<unsigned> computeScopes{0};

}  // namespace

void lowerThreadPriority() {
#ifdef __linux__
  constexpr int niceOffset = 5, niceMax = 19;
  // Relative to the main thread: the parent of this thread may already have a lowered priority.
  const int host = getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
  const auto self = static_cast<id_t>(syscall(SYS_gettid));
  // A sandbox may refuse; the priority then stays as it is.
  static_cast<void>(setpriority(PRIO_PROCESS, self, std::min(host + niceOffset, niceMax)));
#endif
}

ComputeScope::ComputeScope() { computeScopes.fetch_add(1, std::memory_order_relaxed); }
ComputeScope::~ComputeScope() { computeScopes.fetch_sub(1, std::memory_order_relaxed); }

bool isOversubscribed() {
  return computeScopes.load(std::memory_order_relaxed) >= defaultThreads();
}

}  // namespace deeptype
