// AVX-512 registers and masks with 8 lanes, for products of at most 8 columns.
#include "../../../platform/simd/avx512.h"
#include "kernel.h"

#ifdef DEEPTYPE_X86
#include <algorithm>
#include <array>
#include <utility>

namespace deeptype::gemm_kernel {
namespace {

#define TARGET DEEPTYPE_TARGET_AVX512
#define STATIC DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE static

#include "vec256.inl.h"

struct Vec : Vec256 {
  using Mask = __mmask8;
  static constexpr int registers = 32, mostRows = 14;

  static Mask maskOf(std::size_t lanes) {
    return static_cast<Mask>(lanes >= width ? 0xFF : (1u << lanes) - 1);
  }
  STATIC Type loadMasked(const float* p, Mask mask) { return _mm256_maskz_loadu_ps(mask, p); }
  STATIC void storeMasked(float* p, Type x, Mask mask) { _mm256_mask_storeu_ps(p, mask, x); }
};

#include "tile.inl.h"

}  // namespace

void tileNarrow(const Product& product, const Tile& tile, Scratch& scratch) {
  tileOf<1>(product, tile, scratch);
}

}  // namespace deeptype::gemm_kernel
#endif
