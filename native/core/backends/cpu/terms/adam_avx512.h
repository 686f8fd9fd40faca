#pragma once
// Adam's loops written for AVX-512, with the squares of the weights taken on the way.
#include "../../../math/sum_of_squares.h"
#include "../../../terms/optimizers/adam.h"

#ifdef DEEPTYPE_X86
namespace deeptype::avx512 {

// Adam::update in one pass, which takes as long as its arithmetic: the quotient starts from 14
// correct bits and is refined by a Newton step, that the processor's divider has but the root to
// do. Where a gradient's square is infinite so is the divisor, and the step is NaN.
DEEPTYPE_TARGET_AVX512 inline void updateAdam(MatrixView w, ConstMatrixView g, float* mean,
                                              float* meanSquare, const float* decays,
                                              double* squares, const optimizers::Adam::Factors& f) {
  const __m512 b1 = _mm512_set1_ps(f.b1), c1 = _mm512_set1_ps(f.c1), one = _mm512_set1_ps(1);
  const __m512 b2 = _mm512_set1_ps(f.b2), c2 = _mm512_set1_ps(f.c2);
  const __m512 step = _mm512_set1_ps(f.step), root = _mm512_set1_ps(f.root);
  const __m512 epsilon = _mm512_set1_ps(f.epsilon);
  for (std::size_t j = 0; j < w.rows; ++j, mean += w.columns, meanSquare += w.columns) {
    float* const weights = w.row(j);
    const float* const gradient = g.row(j);
    const __m512 decay = _mm512_set1_ps(decays[j]);
    SumOfSquares sum;
    simd::forVectors(w.columns, [&](std::size_t i,
                                    __mmask16 mask) DEEPTYPE_TARGET_AVX512 DEEPTYPE_LAMBDA {
      const __m512 before = _mm512_maskz_loadu_ps(mask, weights + i);
      __m512 m = _mm512_maskz_loadu_ps(mask, mean + i);
      __m512 v = _mm512_maskz_loadu_ps(mask, meanSquare + i);
      const __m512 slope =
          _mm512_fmadd_ps(decay, before, _mm512_maskz_loadu_ps(mask, gradient + i));
      m = _mm512_fmadd_ps(b1, m, _mm512_mul_ps(c1, slope));
      v = _mm512_fmadd_ps(b2, v, _mm512_mul_ps(c2, _mm512_mul_ps(slope, slope)));
      const __m512 divisor = _mm512_fmadd_ps(_mm512_sqrt_ps(v), root, epsilon);
      const __m512 rough = _mm512_rcp14_ps(divisor);
      const __m512 quotient = _mm512_fmadd_ps(_mm512_fnmadd_ps(rough, divisor, one), rough, rough);
      const __m512 x = _mm512_fnmadd_ps(_mm512_mul_ps(step, m), quotient, before);
      _mm512_mask_storeu_ps(mean + i, mask, m);
      _mm512_mask_storeu_ps(meanSquare + i, mask, v);
      _mm512_mask_storeu_ps(weights + i, mask, x);
      sum.add(_mm512_maskz_mov_ps(mask, x));
    });
    squares[j] = sum.total({weights, w.columns});
  }
}

// Adam::updateInGroup of every weight, rates[j] for the row j.
DEEPTYPE_TARGET_AVX512 inline void updateAdamGroups(MatrixView w, ConstMatrixView g, float* mean,
                                                    const float* rates, double* squares,
                                                    const optimizers::Adam::Factors& f) {
  const __m512 b1 = _mm512_set1_ps(f.b1), c1 = _mm512_set1_ps(f.c1);
  for (std::size_t j = 0; j < w.rows; ++j, mean += w.columns) {
    const __m512 rate = _mm512_set1_ps(rates[j]);
    float* const weights = w.row(j);
    const float* const gradient = g.row(j);
    SumOfSquares sum;
    simd::forVectors(
        w.columns, [&](std::size_t i, __mmask16 mask) DEEPTYPE_TARGET_AVX512 DEEPTYPE_LAMBDA {
          const __m512 m =
              _mm512_fmadd_ps(b1, _mm512_maskz_loadu_ps(mask, mean + i),
                              _mm512_mul_ps(c1, _mm512_maskz_loadu_ps(mask, gradient + i)));
          const __m512 x = _mm512_fnmadd_ps(rate, m, _mm512_maskz_loadu_ps(mask, weights + i));
          _mm512_mask_storeu_ps(mean + i, mask, m);
          _mm512_mask_storeu_ps(weights + i, mask, x);
          sum.add(x);
        });
    squares[j] = sum.total({weights, w.columns});
  }
}

}  // namespace deeptype::avx512
#endif
