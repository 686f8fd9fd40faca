// AVX512-BF16: dot products of pairs, 8 rows by 32 columns of sums in registers.
#include "../../../platform/simd/avx512.h"
#include "kernel.h"

#ifdef DEEPTYPE_X86
#include <algorithm>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")))

namespace deeptype::gemm_kernel {
namespace {

void begin() {}
void end() {}

constexpr std::size_t rowStrip = 16;

TARGET void multiply(const std::uint32_t* a, const std::uint32_t* b, std::size_t steps, float* c,
                     std::size_t stride, bool add, Prefetch prefetch) {
  constexpr std::size_t block = 256, width = 16, rows = 8;
  const std::uint32_t* const b2 = b + steps * block;
  for (std::size_t first = 0; first < rowStrip; first += rows, c += rows * stride) {
    __m512 sum[rows][2];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (std::size_t s = 0; s < steps * block; s += block) {
      const std::uint32_t* const row = a + s + first * width;
      for (std::size_t p = 0; p < width; ++p) {
        const auto left = (__m512bh)_mm512_load_si512(b + s + p * width);
        const auto right = (__m512bh)_mm512_load_si512(b2 + s + p * width);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r) {
          const auto pair = (__m512bh)_mm512_set1_epi32(static_cast<int>(row[r * width + p]));
          sum[r][0] = _mm512_dpbf16_ps(sum[r][0], left, pair);
          sum[r][1] = _mm512_dpbf16_ps(sum[r][1], right, pair);
        }
        __builtin_prefetch(prefetch.line, 0, 2);  // into the L2 cache, once a pair of k
        prefetch.line += prefetch.step;
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < 2; ++v) {
        float* const out = c + r * stride + v * width;
        // Loaded last, so that the products do not wait for C.
        _mm512_storeu_ps(out, add ? _mm512_add_ps(sum[r][v], _mm512_loadu_ps(out)) : sum[r][v]);
      }
    }
  }
}

#include "bf16.inl.h"

}  // namespace

void tileDots(const Product& product, const Tile& tile, Scratch& scratch) {
  tileWith(product, tile, scratch);
}

}  // namespace deeptype::gemm_kernel
#endif
