#include "gemm.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>

#include "../../../platform/threads.h"
#include "kernel.h"

namespace deeptype {
namespace {

using gemm_kernel::ceilDiv;
using gemm_kernel::Parts;
using gemm_kernel::Product;
using gemm_kernel::Scratch;
using gemm_kernel::Tile;

void computeTile(const Product& product, const Tile& tile) {
  thread_local Scratch scratch;
#ifdef DEEPTYPE_BLAS
  if (!product.bf16 && product.depth > 0 && product.epilogue.empty())
    return tileBlas(product, tile);
#endif
#ifdef DEEPTYPE_X86
  if (product.bf16 && simd::hasTiles()) return tileAmx(product, tile, scratch);
  if (product.bf16 && simd::hasHalfDots()) return tileDots(product, tile, scratch);
  switch (simd::level()) {
    case simd::Level::avx512:
      return product.c.columns <= 8 ? tileNarrow(product, tile, scratch)
                                    : tileAvx512(product, tile, scratch);
    case simd::Level::avx2: return tileAvx2(product, tile, scratch);
    case simd::Level::baseline: break;
  }
#endif
  tileBaseline(product, tile, scratch);
}

// The division of the output into tiles, each large enough to pay for its hand-over to a thread.
struct Grid {
  static constexpr std::size_t leastRows = 14, leastColumns = 64, columnUnit = 32;
  std::size_t rows = 1, columns = 1;

  Grid(const Product& product, unsigned threads) {
    const std::size_t m = product.c.rows, n = product.c.columns;
    const double work = product.operations();
    if (threads <= 1 || work < 2 * kWorthThread) return;
    const auto most = static_cast<std::size_t>(std::min(work / kWorthThread, 1e6));
    const std::size_t wanted = std::min<std::size_t>(most, threads);
    while (rows * columns < wanted) {
      const bool rowsFit = m / (rows + 1) >= leastRows;
      const bool columnsFit = n / (columns + 1) >= leastColumns;
      if (!rowsFit && !columnsFit) return;
      const bool taller = m / rows >= n / columns;
      ++(rowsFit && (taller || !columnsFit) ? rows : columns);
    }
  }
};

// A unique number: the thread number in the high bits, a counter of the thread in the low ones.
std::uint64_t nextSerial() {
  static std::atomic<std::uint64_t> threads{0};
  thread_local std::uint64_t last = (threads.fetch_add(1, std::memory_order_relaxed) + 1) << 40;
  return ++last;
}

bool gainsByBf16(const Product& product) {
  constexpr std::size_t least = std::size_t{1}
                                << 22;  // multiplications that pay for rounding and packing
  const std::size_t m = product.c.rows, n = product.c.columns;
  return bf16Available() && m >= 16 && n >= 16 && product.depth >= 32 &&
         m * n * product.depth >= least;
}

Product prepared(Product product, Precision precision) {
  product.serial = nextSerial();
  product.bf16 = precision == Precision::bf16 && gainsByBf16(product);
  return product;
}

// finish(tile) runs when a tile is complete.
template <class Finish>
void multiply(const Product& given, unsigned threads, Precision precision, Finish finish) {
  const Product product = prepared(given, precision);
  const std::size_t m = product.c.rows, n = product.c.columns;
  if (m == 0 || n == 0) return;
  const Grid grid(product, threads);
  const Parts rows(m, grid.rows), columns(ceilDiv(n, Grid::columnUnit), grid.columns);
  parallelFor(grid.rows * grid.columns, threads, [&](std::size_t task) {
    const std::size_t i = task % grid.rows, j = task / grid.rows;
    const std::size_t column = columns.begin(j) * Grid::columnUnit;
    const std::size_t columnEnd = std::min(n, columns.begin(j + 1) * Grid::columnUnit);
    const Tile tile{rows.begin(i), rows.size(i), column, columnEnd - column};
    computeTile(product, tile);
    finish(tile);
  });
}

void multiply(const Product& product, unsigned threads, Precision precision) {
  multiply(product, threads, precision, [](const Tile&) {});
}

// Runs body(i, j, n) over the elements of a tile: in one run where the tile is contiguous and rows
// are whole vectors, else row by row, so that the vector lane of an element is always the same.
template <class Body>
void forRuns(const Tile& tile, std::size_t columns, bool contiguous, Body body) {
  if (contiguous && tile.columns == columns && columns % Grid::columnUnit == 0)
    return body(tile.row, 0, tile.rows * tile.columns);
  for (std::size_t i = 0; i < tile.rows; ++i) body(tile.row + i, tile.column, tile.columns);
}

}  // namespace

bool bf16Available() { return simd::hasTiles() || simd::hasHalfDots(); }

void gemm(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
          unsigned threads, Precision precision) {
  assert(a.rows == c.rows && a.columns == b.rows && b.columns == c.columns);
  multiply(
      {{a.data, a.stride, 1}, {b.data, b.stride, 1}, c, a.columns, accumulate == Accumulate::yes},
      threads, precision);
}

void gemmTransposeA(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads, Precision precision) {
  assert(a.columns == c.rows && a.rows == b.rows && b.columns == c.columns);
  multiply({{a.data, 1, a.stride}, {b.data, b.stride, 1}, c, a.rows, accumulate == Accumulate::yes},
           threads, precision);
}

std::size_t rowBlocks(std::size_t rows, std::size_t columns) {
  constexpr std::size_t numbers = 1 << 16;  // in a block: 256 KiB
  constexpr std::size_t least = 56,
                        parts = 4;  // rows that pay for a block; blocks for a few threads
  const std::size_t most = std::max<std::size_t>(14, numbers / std::max<std::size_t>(1, columns));
  return std::max(ceilDiv(rows, most), std::clamp<std::size_t>(rows / least, 1, parts));
}

RowProduct::RowProduct(ConstMatrixView a, ConstMatrixView b, Precision precision) : a_(a), b_(b) {
  assert(a.rows == b.rows);
  const Product whole = prepared({{a.data, 1, a.stride},
                                  {b.data, b.stride, 1},
                                  {nullptr, a.columns, b.columns},
                                  a.rows,
                                  false},
                                 precision);
  half_ = whole.bf16;
  serial_ = whole.serial;
}

void RowProduct::operator()(std::size_t row, MatrixView c,
                            std::span<const ConstMatrixView> prefetched) const {
  assert(row + c.rows <= a_.columns && c.columns == b_.columns &&
         prefetched.size() <= kMostTouched);
  Product part{{a_.data + row, 1, a_.stride}, {b_.data, b_.stride, 1}, c, a_.rows, false};
  part.bf16 = half_;
  part.serial = serial_;
  part.severalTiles = true;
  std::array<ConstMatrixView, kMostTouched + 1> views;
  std::size_t count = 0;
  for (const ConstMatrixView& m : prefetched)
    if (m.rows > 0) views[count++] = m.rowRange(row, c.rows);
  const std::size_t next = row + c.rows;  // the next rows, which another thread may compute
  if (next < a_.columns)
    views[count++] = {a_.data + next, a_.rows, std::min(c.rows, a_.columns - next), a_.stride};
  part.prefetched = {views.data(), count};
  computeTile(part, {0, c.rows, 0, c.columns});
}

void gemmTransposeB(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads, Precision precision) {
  assert(a.rows == c.rows && a.columns == b.columns && b.rows == c.columns);
  multiply(
      {{a.data, a.stride, 1}, {b.data, 1, b.stride}, c, a.columns, accumulate == Accumulate::yes},
      threads, precision);
}

void gemmLayer(ConstMatrixView a, ConstMatrixView b, const float* bias, const Activation* f,
               MatrixView z, MatrixView h, unsigned threads, Precision precision) {
  assert(a.rows == h.rows && a.columns == b.rows && b.columns == h.columns);
  const bool linear = !f || f->slopeBelow;  // piecewise linear with a kink at 0
  const MatrixView c = !linear && f->needsInput ? z : h;
  Product product{{a.data, a.stride, 1}, {b.data, b.stride, 1}, c, a.columns, false};
  product.epilogue.bias = bias;
  if (linear) {
    product.epilogue.below = f ? *f->slopeBelow : 1;
    product.epilogue.rectify = product.epilogue.below != 1;
    return multiply(product, threads, precision);
  }
  const bool contiguous = c.contiguous() && h.contiguous();
  multiply(product, threads, precision, [&](const Tile& tile) {
    forRuns(tile, h.columns, contiguous, [&](std::size_t i, std::size_t j, std::size_t n) {
      f->forward(c.row(i) + j, h.row(i) + j, n);
    });
  });
}

void gemmSlope(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
               const Activation& f, ConstMatrixView z, ConstMatrixView h, unsigned threads,
               Precision precision) {
  assert(a.rows == c.rows && a.columns == b.columns && b.rows == c.columns);
  Product product{
      {a.data, a.stride, 1}, {b.data, 1, b.stride}, c, a.columns, accumulate == Accumulate::yes};
  if (f.slopeBelow) {
    if (*f.slopeBelow != 1) {
      product.epilogue.gate = h.data;
      product.epilogue.gateStride = h.stride;
      product.epilogue.below = *f.slopeBelow;
    }
    return multiply(product, threads, precision);
  }
  const bool contiguous = c.contiguous() && h.contiguous() && (!f.needsInput || z.contiguous());
  multiply(product, threads, precision, [&](const Tile& tile) {
    forRuns(tile, c.columns, contiguous, [&](std::size_t i, std::size_t j, std::size_t n) {
      f.backward(f.needsInput ? z.row(i) + j : nullptr, h.row(i) + j, c.row(i) + j, n);
    });
  });
}

}  // namespace deeptype
