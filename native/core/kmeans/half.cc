#include "half.h"

#include "../simd/simd.h"

namespace deeptype::kmeans_kernel {

const HalfKernels* halfKernels([[maybe_unused]] FirstLook look) {
#ifdef DEEPTYPE_X86
  if (simd::level() != simd::Level::avx512 || look == FirstLook::single) return nullptr;
  if (look != FirstLook::half && simd::hasTiles()) return &tileProducts;
  // Slower than float32 on the one processor measured, which has tiles as well and so never gets
  // here by itself; unmeasured here on processors whose pairwise products have twice the rate of
  // float32.
  if (look != FirstLook::tiles && simd::hasHalfDots()) return &dotProducts;
#endif
  return nullptr;
}

}  // namespace deeptype::kmeans_kernel
