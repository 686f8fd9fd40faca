// Four lanes in the compiler's vector type: SSE2 on x86-64, NEON on ARM.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "kernel.h"

namespace deeptype::gemm_kernel {
namespace {

#define TARGET

struct Vec {
  typedef float Type __attribute__((vector_size(16)));
  using Mask = std::size_t;  // number of lanes
  static constexpr std::size_t width = 4;
#ifdef __aarch64__
  static constexpr int registers = 32, mostRows = 4;
#else
  static constexpr int registers = 14, mostRows = 4;  // of 16; two hold products
#endif

  static Mask maskOf(std::size_t lanes) { return lanes; }
  DEEPTYPE_INLINE static Type load(const float* p) {
    Type x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  DEEPTYPE_INLINE static void store(float* p, Type x) { std::memcpy(p, &x, sizeof x); }
  DEEPTYPE_INLINE static Type loadMasked(const float* p, Mask lanes) {
    Type x = {};
    for (std::size_t i = 0; i < width; ++i)
      if (i < lanes) x[i] = p[i];
    return x;
  }
  DEEPTYPE_INLINE static void storeMasked(float* p, Type x, Mask lanes) {
    for (std::size_t i = 0; i < width; ++i)
      if (i < lanes) p[i] = x[i];
  }
  DEEPTYPE_INLINE static Type broadcast(const float* p) { return Type{*p, *p, *p, *p}; }
  DEEPTYPE_INLINE static Type multiplyAdd(Type a, Type b, Type c) { return a * b + c; }

  DEEPTYPE_INLINE static Type positive(Type x) {  // or NaN
    const Type zero = {};
    return x < zero ? zero : x;
  }
  // x where gate > 0, else 0
  DEEPTYPE_INLINE static Type where(Type gate, Type x) {
    const Type zero = {};
    return gate > zero ? x : zero;
  }
  // x, times `below` where x < 0; 0 keeps its sign.
  DEEPTYPE_INLINE static Type scaleNegative(Type x, Type below) {
    const Type zero = {};
    return x < zero ? x * below + zero : x;
  }
  // x, times `below` unless gate > 0
  DEEPTYPE_INLINE static Type scaleUnless(Type gate, Type x, Type below) {
    const Type zero = {};
    return gate > zero ? x : x * below + zero;
  }
  // x[j][i] = rows[i][j]
  DEEPTYPE_INLINE static void loadTransposed(const float* const (&rows)[width], Type (&x)[width]) {
    for (std::size_t j = 0; j < width; ++j)
      x[j] = Type{rows[0][j], rows[1][j], rows[2][j], rows[3][j]};
  }
};

#include "tile.inl.h"

}  // namespace

void tileBaseline(const Product& product, const Tile& tile, Scratch& scratch) {
  tileWith(product, tile, scratch);
}

}  // namespace deeptype::gemm_kernel
