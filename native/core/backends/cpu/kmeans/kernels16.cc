#include "kernels16.h"

#include "../../../platform/simd/simd.h"

namespace deeptype::kmeans_kernel {

const Kernels16* kernels16([[maybe_unused]] ScorePrecision precision) {
#ifdef DEEPTYPE_X86
  if (simd::level() != simd::Level::avx512 || precision == ScorePrecision::float32) return nullptr;
  if (precision != ScorePrecision::int16 && simd::hasTiles()) return &bf16AmxKernels;
  if (precision != ScorePrecision::bf16 && simd::hasIntegerDots()) return &int16VnniKernels;
#endif
  return nullptr;
}

}  // namespace deeptype::kmeans_kernel
