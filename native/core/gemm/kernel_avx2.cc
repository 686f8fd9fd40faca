// AVX2 and FMA: 8 lanes, 16 registers, masked loads and stores that touch no masked-out address.
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

struct Vec {
  using Type = __m256;
  using Mask = std::size_t;  // number of lanes
  static constexpr std::size_t width = 8;
  static constexpr int registers = 16, mostRows = 6;

  static Mask maskOf(std::size_t lanes) { return lanes; }
  STATIC __m256i bits(Mask lanes) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(lanes)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  STATIC Type load(const float* p) { return _mm256_loadu_ps(p); }
  STATIC void store(float* p, Type x) { _mm256_storeu_ps(p, x); }
  STATIC Type loadMasked(const float* p, Mask lanes) { return _mm256_maskload_ps(p, bits(lanes)); }
  STATIC void storeMasked(float* p, Type x, Mask lanes) { _mm256_maskstore_ps(p, bits(lanes), x); }
  STATIC Type broadcast(const float* p) { return _mm256_set1_ps(*p); }
  STATIC Type multiplyAdd(Type a, Type b, Type c) { return _mm256_fmadd_ps(a, b, c); }

  // x, times `below` where x < 0; 0 keeps its sign.
  STATIC Type scaleNegative(Type x, Type below) {
    const Type zero = _mm256_setzero_ps();
    return _mm256_blendv_ps(x, _mm256_fmadd_ps(x, below, zero), _mm256_cmp_ps(x, zero, _CMP_LT_OQ));
  }
  // x, times `below` unless gate > 0
  STATIC Type scaleUnless(Type gate, Type x, Type below) {
    const Type zero = _mm256_setzero_ps();
    return _mm256_blendv_ps(_mm256_fmadd_ps(x, below, zero), x,
                            _mm256_cmp_ps(gate, zero, _CMP_GT_OQ));
  }

  // Pairs of rows, then pairs of pairs, then halves.
  STATIC void transpose(Type (&x)[width]) {
    Type y[width];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
      y[i] = _mm256_unpacklo_ps(x[i], x[i + 1]);
      y[i + 1] = _mm256_unpackhi_ps(x[i], x[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
      x[i] = _mm256_shuffle_ps(y[i], y[i + 2], 0x44);
      x[i + 1] = _mm256_shuffle_ps(y[i], y[i + 2], 0xEE);
      x[i + 2] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0x44);
      x[i + 3] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      y[i] = _mm256_permute2f128_ps(x[i], x[i + 4], 0x20);
      y[i + 4] = _mm256_permute2f128_ps(x[i], x[i + 4], 0x31);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) x[i] = y[i];
  }
};

#include "tile.inl.h"

}  // namespace

void tileAvx2(const Product& product, const Tile& tile, Scratch& scratch) {
  tileWith(product, tile, scratch);
}

}  // namespace deeptype::gemm_kernel
#endif
