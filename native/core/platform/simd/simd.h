#pragma once
// Instruction-set detection and dispatch: one binary, no global -march.
#include <string>
#include <utility>

namespace deeptype::simd {

enum class Level { baseline, avx2, avx512 };

// The level in use: the best the processor has, or the one named by the environment variable
// DEEPTYPE_SIMD (baseline | avx2 | avx512) when the processor has it. Read once.
Level level();
Level bestLevel();                 // the best the processor has
const std::string& wantedLevel();  // value of the variable; empty if unset
const char* name(Level level);

// Whether bfloat16 products are available: AMX tiles (requests permission from the system once) and
// the pairwise dot products of AVX512-BF16. Only at Level::avx512.
bool hasTiles();
bool hasHalfDots();

// Whether AVX512-VNNI, pairwise dot products of 16-bit integers, is available. Only at
// Level::avx512.
bool hasIntegerDots();

#if defined(__x86_64__) && defined(__GNUC__)
#define DEEPTYPE_X86 1
#define DEEPTYPE_TARGET_AVX2 __attribute__((target("avx2,fma")))
#ifdef __clang__  // does not support prefer-vector-width
#define DEEPTYPE_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#else
#define DEEPTYPE_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")))
#endif
#endif
#define DEEPTYPE_INLINE __attribute__((always_inline)) inline

#ifdef DEEPTYPE_X86
template <class Body>
DEEPTYPE_TARGET_AVX2 void runAvx2(Body&& body) {
  body();
}
template <class Body>
DEEPTYPE_TARGET_AVX512 void runAvx512(Body&& body) {
  body();
}
#endif

// Runs an element-wise loop compiled once per instruction set: the body is an always_inline lambda,
//   simd::dispatch([&]() DEEPTYPE_LAMBDA { for (...) y[i] = ...; });
#define DEEPTYPE_LAMBDA __attribute__((always_inline))
template <class Body>
inline void dispatch(Body&& body) {
#ifdef DEEPTYPE_X86
  switch (level()) {
    case Level::avx512: return runAvx512(std::forward<Body>(body));
    case Level::avx2: return runAvx2(std::forward<Body>(body));
    case Level::baseline: break;
  }
#endif
  body();
}

}  // namespace deeptype::simd
