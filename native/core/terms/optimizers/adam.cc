// Adam (Kingma & Ba 2015, algorithm 1), in PyTorch's order of operations:
//   m = b1 m + (1-b1) g,  v = b2 v + (1-b2) g^2,
//   w -= lr / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + eps).
// For a group v is one number, the moving mean of the mean squared gradient.
#include <cmath>

#include "../../math/squares.h"
#include "optimizer.h"

namespace deeptype::optimizers {
namespace {

struct Factors {
  explicit Factors(const StepContext& context)
      : b1(static_cast<float>(context.options.beta1)),
        b2(static_cast<float>(context.options.beta2)),
        c1(static_cast<float>(1 - context.options.beta1)),
        c2(static_cast<float>(1 - context.options.beta2)),
        epsilon(static_cast<float>(context.options.epsilon)),
        step(static_cast<float>(context.learningRate / context.correction1)),
        root(static_cast<float>(1 / std::sqrt(context.correction2))) {}
  float b1, b2, c1, c2, epsilon;
  float step;  // lr / (1 - b1^t)
  float root;  // 1 / sqrt(1 - b2^t)
};

#ifdef DEEPTYPE_X86
// `update` in one pass, which takes as long as its arithmetic: the quotient starts from 14 correct
// bits and is refined by a Newton step, that the processor's divider has but the root to do. Where
// a gradient's square is infinite so is the divisor, and the step is NaN.
DEEPTYPE_TARGET_AVX512 void updateAvx512(MatrixView w, ConstMatrixView g, float* mean,
                                         float* meanSquare, const float* decays, double* squares,
                                         const Factors& f) {
  const __m512 b1 = _mm512_set1_ps(f.b1), c1 = _mm512_set1_ps(f.c1), one = _mm512_set1_ps(1);
  const __m512 b2 = _mm512_set1_ps(f.b2), c2 = _mm512_set1_ps(f.c2);
  const __m512 step = _mm512_set1_ps(f.step), root = _mm512_set1_ps(f.root);
  const __m512 epsilon = _mm512_set1_ps(f.epsilon);
  for (std::size_t j = 0; j < w.rows; ++j, mean += w.columns, meanSquare += w.columns) {
    float* const weights = w.row(j);
    const float* const gradient = g.row(j);
    const __m512 decay = _mm512_set1_ps(decays[j]);
    Squares sum;
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
#endif

void update(MatrixView w, ConstMatrixView g, float* first, float* second, const float* decays,
            double* squares, const StepContext& context) {
  const Factors f(context);
#ifdef DEEPTYPE_X86
  if (simd::level() == simd::Level::avx512)
    return updateAvx512(w, g, first, second, decays, squares, f);
#endif
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      float* const weights = w.row(j);
      float* const mean = first + j * w.columns;
      float* const meanSquare = second + j * w.columns;
      const float* const gradient = g.row(j);
      for (std::size_t i = 0; i < w.columns; ++i) {
        const float slope = gradient[i] + decays[j] * weights[i];
        mean[i] = f.b1 * mean[i] + f.c1 * slope;
        meanSquare[i] = f.b2 * meanSquare[i] + f.c2 * slope * slope;
        weights[i] -= f.step * mean[i] / (__builtin_sqrtf(meanSquare[i]) * f.root + f.epsilon);
      }
    }
  });
  checkedSquares(w, g, squares);
}

#ifdef DEEPTYPE_X86
// The loop of `updateGroups`, with the squares taken on the way.
DEEPTYPE_TARGET_AVX512 void moveGroupsAvx512(MatrixView w, ConstMatrixView g, float* mean,
                                             const float* rates, double* squares,
                                             const Factors& f) {
  const __m512 b1 = _mm512_set1_ps(f.b1), c1 = _mm512_set1_ps(f.c1);
  for (std::size_t j = 0; j < w.rows; ++j, mean += w.columns) {
    const __m512 rate = _mm512_set1_ps(rates[j]);
    float* const weights = w.row(j);
    const float* const gradient = g.row(j);
    Squares sum;
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
#endif

void updateGroups(MatrixView w, ConstMatrixView g, float* first, float* second, float* stepSizes,
                  double* squares, const StepContext& context) {
  const Factors f(context);
  float rates[Optimizer::kMostGroups];
  squaredNorms(g, {squares, g.rows});
  for (std::size_t j = 0; j < w.rows; ++j) {
    const auto meanSquare = static_cast<float>(squares[j] / static_cast<double>(g.columns));
    second[j] = f.b2 * second[j] + f.c2 * meanSquare;
    // No gradient yet: nothing to measure a step by, and the moving mean is 0.
    const float scale = second[j] == 0 ? 0 : 1 / (std::sqrt(second[j]) * f.root + f.epsilon);
    stepSizes[j] = context.learningRate * scale;
    rates[j] = f.step * scale;
  }
#ifdef DEEPTYPE_X86
  if (simd::level() == simd::Level::avx512) return moveGroupsAvx512(w, g, first, rates, squares, f);
#endif
  simd::dispatch([=, &rates]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      float* const weights = w.row(j);
      float* const mean = first + j * w.columns;
      const float* const gradient = g.row(j);
      for (std::size_t i = 0; i < w.columns; ++i) {
        mean[i] = f.b1 * mean[i] + f.c1 * gradient[i];
        weights[i] -= rates[j] * mean[i];
      }
    }
  });
  squaredNorms(w, {squares, w.rows});
}

}  // namespace

extern constinit const Optimizer adam{"adam", update, updateGroups};

}  // namespace deeptype::optimizers
