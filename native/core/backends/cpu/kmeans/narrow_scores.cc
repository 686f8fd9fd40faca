#include "narrow_scores.h"

#include "../../../platform/simd/simd.h"

namespace deeptype::kmeans_kernel {

const HalfKernels* halfKernels([[maybe_unused]] FirstLook look) {
#ifdef DEEPTYPE_X86
  if (simd::level() != simd::Level::avx512 || look == FirstLook::single) return nullptr;
  if (look != FirstLook::half && simd::hasTiles()) return &tileProducts;
  if (look != FirstLook::tiles && simd::hasIntegerDots()) return &integerProducts;
#endif
  return nullptr;
}

}  // namespace deeptype::kmeans_kernel
