#include "simd.h"

#include <cstdlib>
#include <string_view>

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

Level choose() {
  const Level available = best();
  const char* variable = std::getenv("DEEPTYPE_SIMD");
  const std::string_view wanted = variable ? variable : "";
  for (const Level level : {Level::baseline, Level::avx2, Level::avx512})
    if (wanted == name(level) && level <= available) return level;
  return available;
}

}  // namespace

Level level() {
  static const Level chosen = choose();
  return chosen;
}

const char* name(Level level) {
  switch (level) {
    case Level::avx512: return "avx512";
    case Level::avx2: return "avx2";
    case Level::baseline: break;
  }
  return "baseline";
}

}  // namespace deeptype::simd
