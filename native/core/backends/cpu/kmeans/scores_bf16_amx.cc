// AMX: tiles of 16 centroids by 16 points, 32 columns at a time.
#include "../../../platform/simd/simd.h"
#include "kernel.h"
#include "kernels16.h"

#if defined(DEEPTYPE_X86) && defined(__linux__)
#include <immintrin.h>

#define TARGET __attribute__((target("amx-tile,amx-bf16,avx512f")))

namespace deeptype::kmeans_kernel {
namespace {

constexpr std::size_t side = 16;

// Tiles 0 to 3 hold scores, 4 and 5 centroids, 6 and 7 points: all of 16 rows of 64 bytes.
struct alignas(64) Config {
  std::uint8_t palette = 1, start = 0, reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {side, side, side, side, side, side, side, side};
};
static_assert(sizeof(Config) == 64);
const Config config;  // not constexpr: the instruction reads it from memory

TARGET void begin() { _tile_loadconfig(&config); }
TARGET void end() { _tile_release(); }

// One or two tiles of centroids times all points of the block, two tiles of points at a time.
template <bool two>
TARGET void multiplyRows(const std::uint32_t* block, std::size_t pairs,
                         const std::uint32_t* centroids, float* scores) {
  constexpr std::size_t below = lanes * sizeof(float);  // row stride of the points
  const std::size_t row = pairs * sizeof(std::uint32_t);
  for (std::size_t lane = 0; lane < lanes; lane += 2 * side) {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (two) {
      _tile_zero(2);
      _tile_zero(3);
    }
    for (std::size_t p = 0; p < pairs; p += side) {
      _tile_loadd(6, block + p * lanes + lane, below);
      _tile_loadd(7, block + p * lanes + lane + side, below);
      _tile_loadd(4, centroids + p, row);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      if constexpr (two) {
        _tile_loadd(5, centroids + side * pairs + p, row);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
    _tile_stored(0, scores + lane, below);
    _tile_stored(1, scores + lane + side, below);
    if constexpr (two) {
      _tile_stored(2, scores + side * lanes + lane, below);
      _tile_stored(3, scores + side * lanes + lane + side, below);
    }
  }
}

void multiply(const std::uint32_t* block, std::size_t pairs, const std::uint32_t* centroids,
              std::size_t clusters, const float*, float, float* scores) {
  for (std::size_t k = 0; k < clusters; k += 2 * side) {
    if (clusters - k > side) {
      multiplyRows<true>(block, pairs, centroids + k * pairs, scores + k * lanes);
    } else {
      multiplyRows<false>(block, pairs, centroids + k * pairs, scores + k * lanes);
    }
  }
}

}  // namespace

const Kernels16 bf16AmxKernels{false, side, side, begin, end, multiply};

}  // namespace deeptype::kmeans_kernel
#elif defined(DEEPTYPE_X86)
namespace deeptype::kmeans_kernel {

const Kernels16 bf16AmxKernels{};

}  // namespace deeptype::kmeans_kernel
#endif
