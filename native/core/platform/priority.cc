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

std::atomic<unsigned> computing{0};

}  // namespace

void yieldToHost() {
#ifdef __linux__
  constexpr int behind = 5, last = 19;
  // Of the main thread: this one may be the child of one that is behind already.
  const int host = getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
  const auto self = static_cast<id_t>(syscall(SYS_gettid));
  // A sandbox that refuses it leaves the thread as it is.
  static_cast<void>(setpriority(PRIO_PROCESS, self, std::min(host + behind, last)));
#endif
}

Computing::Computing() { computing.fetch_add(1, std::memory_order_relaxed); }
Computing::~Computing() { computing.fetch_sub(1, std::memory_order_relaxed); }

bool isCrowded() { return computing.load(std::memory_order_relaxed) >= defaultThreads(); }

}  // namespace deeptype
