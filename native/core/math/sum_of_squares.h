#pragma once
// Sum of squares for AVX-512, fused into a loop that already has the values in registers.
#include <span>

#include "../platform/simd/avx512.h"
#include "norms.h"

#ifdef DEEPTYPE_X86
namespace deeptype {

// Sums a few vectors in float32 and these partial sums in float64: float64 throughout would make
// an optimiser step 25 % slower.
class SumOfSquares {
 public:
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE void add(__m512 x) {
    partial_ = _mm512_fmadd_ps(x, x, partial_);
    if (++count_ % kVectorsPerPartial == 0) addPartial();
  }
  // The sum over all added vectors, `numbers`; recomputed in float64 where float32 may have over-
  // or underflowed.
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE double total(std::span<const float> numbers) {
    addPartial();
    const double sum = _mm512_reduce_add_pd(_mm512_add_pd(low_, high_));
    return sum > 1e-25 && sum < 1e38 ? sum : squaredNorm(numbers);
  }

 private:
  static constexpr unsigned kVectorsPerPartial = 4;
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE void addPartial() {
    low_ = _mm512_add_pd(low_, _mm512_cvtps_pd(_mm512_castps512_ps256(partial_)));
    high_ = _mm512_add_pd(high_, _mm512_cvtps_pd(_mm512_extractf32x8_ps(partial_, 1)));
    partial_ = __m512{};
  }

  __m512 partial_ = {};
  __m512d low_ = {}, high_ = {};
  unsigned count_ = 0;
};

}  // namespace deeptype
#endif
