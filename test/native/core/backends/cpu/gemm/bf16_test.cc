// The products with bfloat16 factors, against sums of rounded factors in float64.
#include <bit>
#include <cstring>

#include "backends/cpu/gemm/gemm.h"
#include "backends/cpu/gemm/kernel.h"
#include "check.h"
#include "math/random.h"

using namespace deeptype;

namespace {

// To nearest, ties to even.
float rounded(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000u);
}

struct Factor {
  Factor(std::size_t rows, std::size_t columns, bool transposed, Random& random)
      : values(rows * columns),
        operand{values.data(), transposed ? 1 : columns, transposed ? rows : 1} {
    for (float& x : values) x = static_cast<float>(random.uniform() * 2 - 1);
  }
  double at(std::size_t i, std::size_t j) const { return rounded(*operand.at(i, j)); }
  Buffer<float> values;
  gemm_kernel::Operand operand;
};

#ifdef DEEPTYPE_X86
using Tile = void (*)(const gemm_kernel::Product&, const gemm_kernel::Tile&, gemm_kernel::Scratch&);

void compare(Tile tile, std::size_t m, std::size_t k, std::size_t n, bool ta, bool tb, bool add,
             Random& random) {
  static std::uint64_t serial = std::uint64_t{1} << 60;
  const Factor a(m, k, ta, random), b(k, n, tb, random), bias(1, n, false, random),
      start(m, n, false, random);
  Buffer<float> c(m * n), gate(m * n);
  c.copyFrom(start.values.span());
  for (float& x : gate) x = static_cast<float>(random.uniform() - 0.5);
  gemm_kernel::Product product{a.operand, b.operand, c.view(m, n), k, add};
  product.epilogue.bias = bias.values.data();
  product.epilogue.gate = gate.data();
  product.epilogue.gateStride = n;
  product.epilogue.below = 0.5f;
  product.serial = ++serial;
  product.severalTiles = m % 2 == 0;  // tiles then share packed panels of B
  gemm_kernel::Scratch scratch;
  const std::size_t cut = std::min<std::size_t>(m, 37);
  tile(product, {0, cut, 0, n}, scratch);
  if (cut < m) tile(product, {cut, m - cut, 0, n}, scratch);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double sum = double{bias.values[j]} + (add ? double{start.values[i * n + j]} : 0);
      for (std::size_t l = 0; l < k; ++l) sum += a.at(i, l) * b.at(l, j);
      if (!(gate[i * n + j] > 0)) sum *= 0.5;
      CHECK(std::abs(sum - double{c[i * n + j]}) <= 1e-6 * static_cast<double>(k) + 1e-6);
    }
}

void compareAll(Tile tile) {
  Random random(21, 0);
  const std::size_t shapes[][3] = {{1, 1, 1},     {16, 32, 16},  {17, 33, 31},   {40, 70, 65},
                                   {70, 600, 50}, {33, 1100, 7}, {300, 40, 1050}};
  for (const auto& [m, k, n] : shapes)
    for (int form = 0; form < 8; ++form)
      compare(tile, m, k, n, form & 1, form & 2, form & 4, random);
}
#endif

}  // namespace

#ifdef DEEPTYPE_X86
TEST(bf16_tiles_agree_with_rounded_factors) {
  if (simd::hasTiles()) compareAll(gemm_kernel::tileAmx);
}

TEST(bf16_dots_agree_with_rounded_factors) {
  if (simd::hasHalfDots()) compareAll(gemm_kernel::tileDots);
}
#endif

TEST(bf16_products_are_close_to_float32_and_the_same_for_any_threads) {
  Random random(22, 0);
  const std::size_t m = 130, k = 700, n = 150;
  const Factor a(m, k, false, random), b(k, n, false, random), bt(n, k, false, random),
      at(k, m, false, random);
  const auto view = [](const Factor& f, std::size_t rows, std::size_t columns) {
    return f.values.view(rows, columns);
  };
  for (int form = 0; form < 3; ++form) {
    Buffer<float> exact(m * n), half(m * n), first(m * n);
    const auto multiply = [&](Buffer<float>& c, unsigned threads, Precision precision) {
      const MatrixView out = c.view(m, n);
      if (form == 0) gemm(view(a, m, k), view(b, k, n), out, Accumulate::no, threads, precision);
      if (form == 1)
        gemmTransposeA(view(at, k, m), view(b, k, n), out, Accumulate::no, threads, precision);
      if (form == 2)
        gemmTransposeB(view(a, m, k), view(bt, n, k), out, Accumulate::no, threads, precision);
    };
    multiply(exact, 1, Precision::float32);
    for (unsigned threads = 1; threads <= 3; ++threads) {
      multiply(half, threads, Precision::bf16);
      if (threads == 1) first.copyFrom(half.span());
      CHECK(std::memcmp(first.data(), half.data(), m * n * sizeof(float)) == 0);
    }
    double squared = 0, error = 0;
    for (std::size_t i = 0; i < m * n; ++i) {
      squared += double{exact[i]} * exact[i];
      error += (double{half[i]} - exact[i]) * (double{half[i]} - exact[i]);
    }
    CHECK(std::sqrt(error / squared) < 0.004);  // one rounding is at most 2^-9
    CHECK(!bf16Available() || error > 0);
  }
}
