#pragma once
// Helpers of loops written for AVX-512.
#include <cstddef>

#include "simd.h"
#ifdef DEEPTYPE_X86
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in GCC 12's own header (PR 105593)
#endif
#include <immintrin.h>

namespace deeptype::simd {

// body(i, mask) for the vectors of a row. All but the last have a constant full mask, which
// compiles to unmasked instructions.
template <class Body>
DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE void forVectors(std::size_t columns, Body body) {
  std::size_t i = 0;
  for (; i + 16 <= columns; i += 16) body(i, static_cast<__mmask16>(0xFFFF));
  if (i < columns) body(i, static_cast<__mmask16>((1u << (columns - i)) - 1));
}

}  // namespace deeptype::simd
#endif
