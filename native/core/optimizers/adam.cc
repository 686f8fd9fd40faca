// Adam (Kingma & Ba 2015, algorithm 1), in PyTorch's order of operations:
//   m = b1 m + (1-b1) g,  v = b2 v + (1-b2) g^2,
//   w -= lr / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + eps).
// For a group v is one number, the moving mean of the mean squared gradient.
#include <cfloat>
#include <cmath>

#include "../norms.h"
#include "../simd/simd.h"
#include "optimizer.h"
#ifdef DEEPTYPE_X86
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in GCC 12's own header (PR 105593)
#endif
#include <immintrin.h>
#endif

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
// The loop of `update` for n a multiple of 16. The processor's root and division would take four
// times as long as all the rest: both start from 14 correct bits and are refined by a Newton step.
template <bool Decays>
DEEPTYPE_TARGET_AVX512 void updateAvx512(float* weights, const float* gradient, float* first,
                                         float* second, std::size_t n, float decay,
                                         const Factors& f) {
  const __m512 c1 = _mm512_set1_ps(f.c1);
  const __m512 b2 = _mm512_set1_ps(f.b2), c2 = _mm512_set1_ps(f.c2);
  const __m512 step = _mm512_set1_ps(f.step), lambda = _mm512_set1_ps(decay);
  const __m512 epsilon = _mm512_set1_ps(f.epsilon);
  const __m512 halfRoot = _mm512_set1_ps(0.5f * f.root), moreRoot = _mm512_set1_ps(1.5f * f.root);
  const __m512 one = _mm512_set1_ps(1);
  const __m512 most = _mm512_set1_ps(FLT_MAX), least = _mm512_set1_ps(FLT_MIN);
  for (std::size_t i = 0; i < n; i += 16) {
    const __m512 w = _mm512_loadu_ps(weights + i);
    __m512 slope = _mm512_loadu_ps(gradient + i);
    if (Decays) slope = _mm512_fmadd_ps(lambda, w, slope);
    __m512 m = _mm512_loadu_ps(first + i), v = _mm512_loadu_ps(second + i);
    m = _mm512_fmadd_ps(c1, _mm512_sub_ps(slope, m), m);
    v = _mm512_fmadd_ps(b2, v, _mm512_mul_ps(_mm512_mul_ps(c2, slope), slope));
    _mm512_storeu_ps(first + i, m);
    _mm512_storeu_ps(second + i, v);
    const __mmask16 positive = _mm512_cmp_ps_mask(v, least, _CMP_NLT_UQ);  // NaN too
    const __m512 bounded = _mm512_min_ps(most, v);                         // NaN passes
    const __m512 inverse = _mm512_maskz_rsqrt14_ps(positive, bounded);
    const __m512 rough = _mm512_mul_ps(bounded, inverse);
    // sqrt(v) root = rough (3/2 - rough inverse / 2) root
    const __m512 refine = _mm512_fnmadd_ps(_mm512_mul_ps(rough, inverse), halfRoot, moreRoot);
    const __m512 divisor = _mm512_fmadd_ps(rough, refine, epsilon);
    const __m512 quotient = _mm512_rcp14_ps(divisor);
    const __m512 refined =
        _mm512_fmadd_ps(_mm512_fnmadd_ps(quotient, divisor, one), quotient, quotient);
    _mm512_storeu_ps(weights + i, _mm512_fnmadd_ps(_mm512_mul_ps(step, m), refined, w));
  }
}
#endif

void update(std::span<float> w, std::span<const float> g, float* first, float* second, float decay,
            const StepContext& context) {
  const Factors f(context);
  float* const weights = w.data();
  const float* const gradient = g.data();
  const std::size_t n = w.size();
  std::size_t done = 0;
#ifdef DEEPTYPE_X86
  if (simd::level() == simd::Level::avx512) {
    done = n / 16 * 16;
    const auto loop = decay == 0 ? updateAvx512<false> : updateAvx512<true>;
    loop(weights, gradient, first, second, done, decay, f);
  }
#endif
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = done; i < n; ++i) {
      const float slope = gradient[i] + decay * weights[i];
      first[i] = f.b1 * first[i] + f.c1 * slope;
      second[i] = f.b2 * second[i] + f.c2 * slope * slope;
      weights[i] -= f.step * first[i] / (__builtin_sqrtf(second[i]) * f.root + f.epsilon);
    }
  });
}

#ifdef DEEPTYPE_X86
// The loop of `updateGroups`, with the squares taken on the way.
DEEPTYPE_TARGET_AVX512 void moveGroupsAvx512(MatrixView w, ConstMatrixView g, float* first,
                                             const float* rates, double* squares,
                                             const Factors& f) {
  const __m512 b1 = _mm512_set1_ps(f.b1), c1 = _mm512_set1_ps(f.c1);
  for (std::size_t j = 0; j < w.rows; ++j) {
    const __m512 rate = _mm512_set1_ps(rates[j]);
    __m512d low = _mm512_setzero_pd(), high = low;
    for (std::size_t i = 0; i < w.columns; i += 16) {
      const std::size_t left = w.columns - i;
      const auto mask = static_cast<__mmask16>(left >= 16 ? 0xFFFF : (1u << left) - 1);
      float* const mean = first + j * w.columns + i;
      const __m512 m =
          _mm512_fmadd_ps(b1, _mm512_maskz_loadu_ps(mask, mean),
                          _mm512_mul_ps(c1, _mm512_maskz_loadu_ps(mask, g.row(j) + i)));
      const __m512 x = _mm512_fnmadd_ps(rate, m, _mm512_maskz_loadu_ps(mask, w.row(j) + i));
      _mm512_mask_storeu_ps(mean, mask, m);
      _mm512_mask_storeu_ps(w.row(j) + i, mask, x);
      const __m512d x0 = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
      const __m512d x1 = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
      low = _mm512_fmadd_pd(x0, x0, low);
      high = _mm512_fmadd_pd(x1, x1, high);
    }
    squares[j] = _mm512_reduce_add_pd(_mm512_add_pd(low, high));
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
