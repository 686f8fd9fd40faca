// AVX2 and FMA: 8 lanes, 16 registers, masked loads and stores do not access masked-out addresses.
#include "kernel.h"

#ifdef DEEPTYPE_X86
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <utility>

namespace deeptype::gemm_kernel {
namespace {

#define TARGET DEEPTYPE_TARGET_AVX2
#define STATIC DEEPTYPE_TARGET_AVX2 DEEPTYPE_INLINE static

#include "vec256.inl.h"

struct Vec : Vec256 {
  using Mask = std::size_t;  // number of lanes
  static constexpr int registers = 16, mostRows = 6;

  static Mask maskOf(std::size_t lanes) { return lanes; }
  STATIC __m256i bits(Mask lanes) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(lanes)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  STATIC Type loadMasked(const float* p, Mask lanes) { return _mm256_maskload_ps(p, bits(lanes)); }
  STATIC void storeMasked(float* p, Type x, Mask lanes) { _mm256_maskstore_ps(p, bits(lanes), x); }
};

#include "tile.inl.h"

}  // namespace

void tileAvx2(const Product& product, const Tile& tile, Scratch& scratch) {
  tileWith(product, tile, scratch);
}

}  // namespace deeptype::gemm_kernel
#endif
