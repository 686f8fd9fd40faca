#pragma once
// Squares of rows for AVX-512, taken on the way of a loop that has their numbers in registers.
#include <span>

#include "../platform/simd/avx512.h"
#include "norms.h"

#ifdef DEEPTYPE_X86
namespace deeptype {

// A sum of squares, of a few vectors at a time in float32 and over them in float64: all in float64
// would make an optimiser's step a quarter longer.
class Squares {
 public:
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE void add(__m512 x) {
    few_ = _mm512_fmadd_ps(x, x, few_);
    if (++count_ % kFew == 0) addFew();
  }
  // Of the numbers that were added; over again where float32 may have lost some to its range.
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE double total(std::span<const float> numbers) {
    addFew();
    const double sum = _mm512_reduce_add_pd(_mm512_add_pd(low_, high_));
    return sum > 1e-25 && sum < 1e38 ? sum : squaredNorm(numbers);
  }

 private:
  static constexpr unsigned kFew = 4;
  DEEPTYPE_TARGET_AVX512 DEEPTYPE_INLINE void addFew() {
    low_ = _mm512_add_pd(low_, _mm512_cvtps_pd(_mm512_castps512_ps256(few_)));
    high_ = _mm512_add_pd(high_, _mm512_cvtps_pd(_mm512_extractf32x8_ps(few_, 1)));
    few_ = __m512{};
  }

  __m512 few_ = {};
  __m512d low_ = {}, high_ = {};
  unsigned count_ = 0;
};

}  // namespace deeptype
#endif
