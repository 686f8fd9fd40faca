#pragma once
// Flushing subnormals (below 1e-38) to zero. Moments of an optimiser decay into them where a
// gradient stays zero, and arithmetic on them is about a hundred times slower.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace deeptype::simd {

// Sets the mode of this thread while it lives. Workers use the mode of their caller, so that
// results do not depend on the thread that computes them.
class Denormals {
 public:
  enum class Mode { flush, keep };
#if defined(__x86_64__)
  explicit Denormals(Mode mode) : before_(_mm_getcsr()) {
    constexpr unsigned kFlushToZeroAndFromZero = 0x8040;
    _mm_setcsr(mode == Mode::flush ? before_ | kFlushToZeroAndFromZero
                                   : before_ & ~kFlushToZeroAndFromZero);
  }
  ~Denormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#elif defined(__aarch64__)
  explicit Denormals(Mode mode) {
    constexpr unsigned long kFlushToZero = 1ul << 24;
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    const unsigned long now =
        mode == Mode::flush ? before_ | kFlushToZero : before_ & ~kFlushToZero;
    asm volatile("msr fpcr, %0" : : "r"(now));
  }
  ~Denormals() { asm volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  unsigned long before_;
#else
  explicit Denormals(Mode) {}
#endif

 public:
  Denormals(const Denormals&) = delete;
  Denormals& operator=(const Denormals&) = delete;
};

// `value`, computed before what follows: compilers move arithmetic across a change of the mode.
inline double computed(double value) {
#if defined(__x86_64__)
  asm volatile("" : "+x"(value));
#elif defined(__aarch64__)
  asm volatile("" : "+w"(value));
#endif
  return value;
}

}  // namespace deeptype::simd
