#pragma once
// Waiting actively, for what is likely to come within less than a sleep and a wake-up take.
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

// Waits for `ready`, about 100 microseconds at most, and not where others want the processor;
// returns whether it came.
template <class Ready>
bool spin(Ready ready) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      pause();
    }
  } while (!isCrowded() && std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace deeptype
