#include "half.h"

#include "../simd/simd.h"

namespace deeptype::kmeans_kernel {

const HalfKernels* halfKernels([[maybe_unused]] FirstLook look) {
#ifdef DEEPTYPE_X86
  if (simd::level() != simd::Level::avx512 || look == FirstLook::single) return nullptr;
  if (look != FirstLook::half && hasTiles()) return &tileProducts;
  // Where it is not next to tiles it is twice as fast as float32.
  if (look != FirstLook::tiles && hasDotProducts()) return &dotProducts;
#endif
  return nullptr;
}

}  // namespace deeptype::kmeans_kernel
