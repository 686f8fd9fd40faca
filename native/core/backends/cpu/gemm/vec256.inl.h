// Vectors of 8 lanes, without masks: a kernel file defines TARGET and STATIC, then includes this.
// No include guard on purpose.

struct Vec256 {
  using Type = __m256;
  static constexpr std::size_t width = 8;

  STATIC Type load(const float* p) { return _mm256_loadu_ps(p); }
  STATIC void store(float* p, Type x) { _mm256_storeu_ps(p, x); }
  STATIC Type broadcast(const float* p) { return _mm256_set1_ps(*p); }
  STATIC Type multiplyAdd(Type a, Type b, Type c) { return _mm256_fmadd_ps(a, b, c); }

  STATIC Type positive(Type x) { return _mm256_max_ps(_mm256_setzero_ps(), x); }  // or NaN
  // x where gate > 0, else 0
  STATIC Type where(Type gate, Type x) {
    return _mm256_and_ps(x, _mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GT_OQ));
  }
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
  // x[j][i] = rows[i][j]: pairs of rows, then pairs of pairs, then halves.
  STATIC void loadTransposed(const float* const (&rows)[width], Type (&x)[width]) {
    Type y[width];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < width; ++i) x[i] = load(rows[i]);
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
