#pragma once
// Spinning, for events expected sooner than the cost of a sleep and a wake-up.
#include <chrono>

#include "priority.h"

namespace deeptype {

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until `ready`, at most about 100 microseconds, and gives up when processors are
// oversubscribed; returns whether it became ready.
template <class Ready>
bool spin(Ready ready) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      pause();
    }
  } while (!isOversubscribed() && std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace deeptype
