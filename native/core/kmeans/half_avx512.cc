// AVX512-BF16: the dot product of pairs, accumulated in float32.
#include "../simd/simd.h"
#include "half.h"
#include "kernel.h"

#ifdef DEEPTYPE_X86
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")))

namespace deeptype::kmeans_kernel {
namespace {

constexpr std::size_t width = 16, vectors = lanes / width;

template <std::size_t K>
TARGET void multiplyRows(const std::uint32_t* block, std::size_t pairs,
                         const std::uint32_t* centroids, float* scores) {
  __m512 sums[K][vectors];
#pragma GCC unroll 6
  for (std::size_t k = 0; k < K; ++k)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v) sums[k][v] = _mm512_setzero_ps();
  for (std::size_t p = 0; p < pairs; ++p, block += lanes) {
    __m512bh points[vectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v)
      points[v] = (__m512bh)_mm512_loadu_si512(block + v * width);
#pragma GCC unroll 6
    for (std::size_t k = 0; k < K; ++k) {
      const auto pair = (__m512bh)_mm512_set1_epi32(static_cast<int>(centroids[k * pairs + p]));
#pragma GCC unroll 4
      for (std::size_t v = 0; v < vectors; ++v)
        sums[k][v] = _mm512_dpbf16_ps(sums[k][v], points[v], pair);
    }
  }
#pragma GCC unroll 6
  for (std::size_t k = 0; k < K; ++k)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v)
      _mm512_storeu_ps(scores + k * lanes + v * width, sums[k][v]);
}

void multiply(const std::uint32_t* block, std::size_t pairs, const std::uint32_t* centroids,
              std::size_t clusters, float* scores) {
  while (clusters > 0) {
    const std::size_t tiles = (clusters + 5) / 6, rows = (clusters + tiles - 1) / tiles;
    switch (rows) {
      case 6: multiplyRows<6>(block, pairs, centroids, scores); break;
      case 5: multiplyRows<5>(block, pairs, centroids, scores); break;
      case 4: multiplyRows<4>(block, pairs, centroids, scores); break;
      case 3: multiplyRows<3>(block, pairs, centroids, scores); break;
      case 2: multiplyRows<2>(block, pairs, centroids, scores); break;
      default: multiplyRows<1>(block, pairs, centroids, scores);
    }
    clusters -= rows;
    centroids += rows * pairs;
    scores += rows * lanes;
  }
}

}  // namespace

const HalfKernels dotProducts{1, 1, [] {}, [] {}, multiply};

}  // namespace deeptype::kmeans_kernel
#endif
