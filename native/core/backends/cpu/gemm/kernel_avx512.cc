// AVX-512: 16 lanes, 32 registers, masks for every tail.
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

struct Vec {
  using Type = __m512;
  using Mask = __mmask16;
  static constexpr std::size_t width = 16;
  static constexpr int registers = 32, mostRows = 14;

  static Mask maskOf(std::size_t lanes) {
    return static_cast<Mask>(lanes >= width ? 0xFFFF : (1u << lanes) - 1);
  }
  STATIC Type load(const float* p) { return _mm512_loadu_ps(p); }
  STATIC void store(float* p, Type x) { _mm512_storeu_ps(p, x); }
  STATIC Type loadMasked(const float* p, Mask mask) { return _mm512_maskz_loadu_ps(mask, p); }
  STATIC void storeMasked(float* p, Type x, Mask mask) { _mm512_mask_storeu_ps(p, mask, x); }
  STATIC Type broadcast(const float* p) { return _mm512_set1_ps(*p); }
  STATIC Type multiplyAdd(Type a, Type b, Type c) { return _mm512_fmadd_ps(a, b, c); }

  STATIC Type positive(Type x) { return _mm512_max_ps(_mm512_setzero_ps(), x); }  // or NaN
  // x where gate > 0, else 0
  STATIC Type where(Type gate, Type x) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ), x);
  }
  // x, times `below` where x < 0; 0 keeps its sign.
  STATIC Type scaleNegative(Type x, Type below) {
    const Type zero = _mm512_setzero_ps();
    return _mm512_mask_fmadd_ps(x, _mm512_cmp_ps_mask(x, zero, _CMP_LT_OQ), below, zero);
  }
  // x, times `below` unless gate > 0
  STATIC Type scaleUnless(Type gate, Type x, Type below) {
    const Type zero = _mm512_setzero_ps();
    return _mm512_mask_fmadd_ps(x, _mm512_cmp_ps_mask(gate, zero, _CMP_NGT_UQ), below, zero);
  }

  // x[j][i] = rows[i][j]
  STATIC void loadTransposed(const float* const (&rows)[width], Type (&x)[width]) {
    // Quarter r of block[i] is from row 4 r + i; the rest of the transpose stays within quarters.
#pragma GCC unroll 4
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
      Type block[4], y[4];
#pragma GCC unroll 4
      for (std::size_t i = 0; i < 4; ++i) {
        block[i] = _mm512_castps128_ps512(_mm_loadu_ps(rows[i] + 4 * quarter));
        block[i] =
            _mm512_mask_broadcast_f32x4(block[i], 0x00F0, _mm_loadu_ps(rows[4 + i] + 4 * quarter));
        block[i] =
            _mm512_mask_broadcast_f32x4(block[i], 0x0F00, _mm_loadu_ps(rows[8 + i] + 4 * quarter));
        block[i] =
            _mm512_mask_broadcast_f32x4(block[i], 0xF000, _mm_loadu_ps(rows[12 + i] + 4 * quarter));
      }
      y[0] = _mm512_unpacklo_ps(block[0], block[1]);
      y[1] = _mm512_unpackhi_ps(block[0], block[1]);
      y[2] = _mm512_unpacklo_ps(block[2], block[3]);
      y[3] = _mm512_unpackhi_ps(block[2], block[3]);
      x[4 * quarter] = _mm512_shuffle_ps(y[0], y[2], 0x44);
      x[4 * quarter + 1] = _mm512_shuffle_ps(y[0], y[2], 0xEE);
      x[4 * quarter + 2] = _mm512_shuffle_ps(y[1], y[3], 0x44);
      x[4 * quarter + 3] = _mm512_shuffle_ps(y[1], y[3], 0xEE);
    }
  }
};

#include "tile.inl.h"

}  // namespace

void tileAvx512(const Product& product, const Tile& tile, Scratch& scratch) {
  tileWith(product, tile, scratch);
}

}  // namespace deeptype::gemm_kernel
#endif
