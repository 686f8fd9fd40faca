#include "simd.h"

#include <cstdlib>
#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace deeptype::simd {
namespace {

Level best() {
#ifdef DEEPTYPE_X86
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx512) return Level::avx512;
  if (avx2) return Level::avx2;
#endif
  return Level::baseline;
}

struct Choice {
  Level best, level;
  std::string wanted;
};

const Choice& choice() {
  static const Choice chosen = [] {
    const Level available = best();
    const char* variable = std::getenv("DEEPTYPE_SIMD");
    Choice choice{available, available, variable ? variable : ""};
    for (const Level level : {Level::baseline, Level::avx2, Level::avx512})
      if (choice.wanted == name(level) && level <= available) choice.level = level;
    return choice;
  }();
  return chosen;
}

struct Half {
  bool tiles = false, dots = false;
};

Half findHalf() {
  Half half;
#if defined(__x86_64__) && defined(__linux__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (level() != Level::avx512) return half;
  half.dots = __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5)) != 0;
  constexpr unsigned bf16 = 1u << 22, tile = 1u << 24;
  constexpr long requestPermission = 0x1023, tileData = 18;
  half.tiles = half.dots && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & bf16) != 0 &&
               (d & tile) != 0 && syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
#endif
  return half;
}

const Half& half() {
  static const Half found = findHalf();
  return found;
}

}  // namespace

bool hasTiles() { return half().tiles; }
bool hasHalfDots() { return half().dots; }

bool hasIntegerDots() {
#ifdef DEEPTYPE_X86
  return level() == Level::avx512 && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

Level level() { return choice().level; }
Level bestLevel() { return choice().best; }
const std::string& wantedLevel() { return choice().wanted; }

const char* name(Level level) {
  switch (level) {
    case Level::avx512: return "avx512";
    case Level::avx2: return "avx2";
    case Level::baseline: break;
  }
  return "baseline";
}

}  // namespace deeptype::simd
