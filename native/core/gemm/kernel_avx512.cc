// AVX-512: 16 lanes, 32 registers, masks for every tail.
#include "kernel.h"

#ifdef DEEPTYPE_X86
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in GCC 12's own header (PR 105593)
#endif
#include <immintrin.h>

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

  // Pairs of rows, pairs of pairs, then quarters of vectors twice.
  STATIC void transpose(Type (&x)[width]) {
    Type y[width];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
      y[i] = _mm512_unpacklo_ps(x[i], x[i + 1]);
      y[i + 1] = _mm512_unpackhi_ps(x[i], x[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
      x[i] = _mm512_shuffle_ps(y[i], y[i + 2], 0x44);
      x[i + 1] = _mm512_shuffle_ps(y[i], y[i + 2], 0xEE);
      x[i + 2] = _mm512_shuffle_ps(y[i + 1], y[i + 3], 0x44);
      x[i + 3] = _mm512_shuffle_ps(y[i + 1], y[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      y[i] = _mm512_shuffle_f32x4(x[i], x[i + 4], 0x88);
      y[i + 4] = _mm512_shuffle_f32x4(x[i], x[i + 4], 0xDD);
      y[i + 8] = _mm512_shuffle_f32x4(x[i + 8], x[i + 12], 0x88);
      y[i + 12] = _mm512_shuffle_f32x4(x[i + 8], x[i + 12], 0xDD);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      x[i] = _mm512_shuffle_f32x4(y[i], y[i + 8], 0x88);
      x[i + 8] = _mm512_shuffle_f32x4(y[i], y[i + 8], 0xDD);
      x[i + 4] = _mm512_shuffle_f32x4(y[i + 4], y[i + 12], 0x88);
      x[i + 12] = _mm512_shuffle_f32x4(y[i + 4], y[i + 12], 0xDD);
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
