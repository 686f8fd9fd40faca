// AMX: two by two tiles of 16 by 16 sums, 32 of k at a time.
#include "../../../platform/simd/avx512.h"
#include "kernel.h"

#ifdef DEEPTYPE_X86
#include <algorithm>

#define TARGET                                                                       \
  __attribute__((                                                                    \
      target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2," \
             "fma")))

namespace deeptype::gemm_kernel {
namespace {

// Tiles 0 to 3 hold sums, 4 and 5 rows, 6 and 7 columns: all of 16 rows of 64 bytes.
struct alignas(64) Config {
  std::uint8_t palette = 1, start = 0, reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(Config) == 64);
const Config config;  // not constexpr: the instruction reads it from memory

TARGET void begin() { _tile_loadconfig(&config); }
TARGET void end() { _tile_release(); }

constexpr std::size_t rowStrip = 32;

TARGET void multiply(const std::uint32_t* a, const std::uint32_t* b, std::size_t steps, float* c,
                     std::size_t stride, bool add, Prefetch) {
  constexpr std::size_t line = 64, block = 256;
  const std::size_t below = stride * sizeof(float);
  float* const c2 = c + 16 * stride;
  const std::uint32_t* const a2 = a + steps * block;
  const std::uint32_t* const b2 = b + steps * block;
  if (add) {
    _tile_loadd(0, c, below);
    _tile_loadd(1, c + 16, below);
    _tile_loadd(2, c2, below);
    _tile_loadd(3, c2 + 16, below);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (std::size_t s = 0; s < steps * block; s += block) {
    _tile_loadd(6, b + s, line);
    _tile_loadd(4, a + s, line);
    _tile_loadd(7, b2 + s, line);
    _tile_loadd(5, a2 + s, line);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, c, below);
  _tile_stored(1, c + 16, below);
  _tile_stored(2, c2, below);
  _tile_stored(3, c2 + 16, below);
}

#include "bf16.inl.h"

}  // namespace

void tileAmx(const Product& product, const Tile& tile, Scratch& scratch) {
  tileWith(product, tile, scratch);
}

}  // namespace deeptype::gemm_kernel
#endif
