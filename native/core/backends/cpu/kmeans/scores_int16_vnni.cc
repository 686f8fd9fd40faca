// AVX512-VNNI: integers of 16 bits, the dot product of pairs accumulated in 32 bits, exactly.
#include <algorithm>
#include <cstring>

#include "../../../platform/simd/simd.h"
#include "kernel.h"
#include "kernels16.h"

#ifdef DEEPTYPE_X86
#define TARGET DEEPTYPE_TARGET_AVX512
#define INNER TARGET DEEPTYPE_INLINE

namespace deeptype::kmeans_kernel {
namespace {

typedef std::int32_t Integers __attribute__((vector_size(64)));
typedef float Floats __attribute__((vector_size(64)));
constexpr std::size_t width = 16, vectors = lanes / width;

template <class Vector, class T>
INNER Vector load(const T* p) {
  Vector x;
  std::memcpy(&x, p, sizeof x);
  return x;
}

// sums += the products of two pairs, in each element. Assembly, because GCC
// spills the sums of the intrinsic.
INNER void addDots(Integers& sums, const Integers& a, const Integers& b) {
  asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(a), "v"(b));
}

// Prefetches `lines` cache lines a pair of columns, from `ahead` on.
template <std::size_t K>
TARGET void multiplyRows(const std::uint32_t* block, std::size_t pairs,
                         const std::uint32_t* centroids, const float* units, float unit,
                         float* scores, const std::uint32_t* ahead, std::size_t lines) {
  Integers sums[K][vectors] = {};
  for (std::size_t p = 0; p < pairs; ++p, block += lanes) {
    Integers points[vectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v) points[v] = load<Integers>(block + v * width);
    for (std::size_t line = 0; line < lines; ++line, ahead += width) __builtin_prefetch(ahead);
#pragma GCC unroll 6
    for (std::size_t k = 0; k < K; ++k) {
      const Integers pair = Integers{} + static_cast<std::int32_t>(centroids[k * pairs + p]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < vectors; ++v) addDots(sums[k][v], points[v], pair);
    }
  }
#pragma GCC unroll 4
  for (std::size_t v = 0; v < vectors; ++v) {
    const Floats value = load<Floats>(units + v * width) * unit;
#pragma GCC unroll 6
    for (std::size_t k = 0; k < K; ++k) {
      const Floats score = __builtin_convertvector(sums[k][v], Floats) * value;
      std::memcpy(scores + k * lanes + v * width, &score, sizeof score);
    }
  }
}

void multiply(const std::uint32_t* block, std::size_t pairs, const std::uint32_t* centroids,
              std::size_t clusters, const float* units, float unit, float* scores) {
  // Prefetches the next block, spread over all tiles.
  const std::uint32_t* ahead = block + pairs * lanes;
  const std::size_t lines = vectors / std::min(vectors, (clusters + 5) / 6);
  while (clusters > 0) {
    const std::size_t tiles = (clusters + 5) / 6, rows = (clusters + tiles - 1) / tiles;
    const auto some = [&]<std::size_t K>() {
      multiplyRows<K>(block, pairs, centroids, units, unit, scores, ahead, lines);
    };
    switch (rows) {
      case 6: some.template operator()<6>(); break;
      case 5: some.template operator()<5>(); break;
      case 4: some.template operator()<4>(); break;
      case 3: some.template operator()<3>(); break;
      case 2: some.template operator()<2>(); break;
      default: some.template operator()<1>();
    }
    ahead += lines * pairs * width;
    clusters -= rows;
    centroids += rows * pairs;
    scores += rows * lanes;
  }
}

}  // namespace

const Kernels16 int16VnniKernels{true, 1, 1, [] {}, [] {}, multiply};

}  // namespace deeptype::kmeans_kernel
#endif
