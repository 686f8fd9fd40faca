#pragma once
// What loops written for AVX-512 have in common.
#include <cstddef>

#include "simd.h"
#ifdef DEEPTYPE_X86
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in GCC 12's own header (PR 105593)
#endif
#include <immintrin.h>

namespace deeptype::simd {

// body(i, mask) for the vectors of a row. All but the last are whole: of a mask known when the loop
// is compiled no instruction is left.
template <class Body>
DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE void forVectors(std::size_t columns, Body body) {
  std::size_t i = 0;
  for (; i + 16 <= columns; i += 16) body(i, static_cast<__mmask16>(0xFFFF));
  if (i < columns) body(i, static_cast<__mmask16>((1u << (columns - i)) - 1));
}

// A sum of squares in float64: two, so that additions do not wait for each other. GCC's own
// conversion of eight floats takes three times as long.
struct Squares {
  __m512d low = {}, high = {};
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE void add(__m512 x) {
    const __m512d x0 = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
    const __m512d x1 = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
    low = _mm512_fmadd_pd(x0, x0, low);
    high = _mm512_fmadd_pd(x1, x1, high);
  }
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE double total() const {
    return _mm512_reduce_add_pd(_mm512_add_pd(low, high));
  }
};

}  // namespace deeptype::simd
#endif
