#include "gemm.h"

#include <algorithm>
#include <cassert>

#include "../threads.h"
#include "kernel.h"

namespace deeptype {
namespace {

using gemm_kernel::ceilDiv;
using gemm_kernel::partBegin;
using gemm_kernel::Product;
using gemm_kernel::Scratch;
using gemm_kernel::Tile;

void computeTile(const Product& product, const Tile& tile) {
  thread_local Scratch scratch;
#ifdef DEEPTYPE_X86
  switch (simd::level()) {
    case simd::Level::avx512: return tileAvx512(product, tile, scratch);
    case simd::Level::avx2: return tileAvx2(product, tile, scratch);
    case simd::Level::baseline: break;
  }
#endif
  tileBaseline(product, tile, scratch);
}

// How the output is cut: never so small that handing a tile over costs more than it saves.
struct Grid {
  static constexpr double worthwhile = 1e6;  // operations a thread
  static constexpr std::size_t leastRows = 14, leastColumns = 64, columnUnit = 32;
  std::size_t rows = 1, columns = 1;

  Grid(const Product& product, unsigned threads) {
    const std::size_t m = product.c.rows, n = product.c.columns;
    const double work = 2.0 * static_cast<double>(m * n) * static_cast<double>(product.depth);
    if (threads <= 1 || work < 2 * worthwhile) return;
    const auto most = static_cast<std::size_t>(std::min(work / worthwhile, 1e6));
    const std::size_t wanted = std::min<std::size_t>(most, work < 50e6 ? threads : 2 * threads);
    while (rows * columns < wanted) {
      const bool rowsFit = m / (rows + 1) >= leastRows;
      const bool columnsFit = n / (columns + 1) >= leastColumns;
      if (!rowsFit && !columnsFit) return;
      const bool taller = m / rows >= n / columns;
      ++(rowsFit && (taller || !columnsFit) ? rows : columns);
    }
  }
};

void multiply(const Product& product, unsigned threads) {
  const std::size_t m = product.c.rows, n = product.c.columns;
  if (m == 0 || n == 0) return;
  const Grid grid(product, threads);
  const std::size_t units = ceilDiv(n, Grid::columnUnit);
  parallelFor(grid.rows * grid.columns, threads, [&](std::size_t task) {
    const std::size_t i = task % grid.rows, j = task / grid.rows;
    const std::size_t row = partBegin(m, grid.rows, i), rowEnd = partBegin(m, grid.rows, i + 1);
    const std::size_t column = partBegin(units, grid.columns, j) * Grid::columnUnit;
    const std::size_t columnEnd =
        std::min(n, partBegin(units, grid.columns, j + 1) * Grid::columnUnit);
    computeTile(product, {row, rowEnd - row, column, columnEnd - column});
  });
}

}  // namespace

void gemm(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
          unsigned threads) {
  assert(a.rows == c.rows && a.columns == b.rows && b.columns == c.columns);
  multiply(
      {{a.data, a.stride, 1}, {b.data, b.stride, 1}, c, a.columns, accumulate == Accumulate::yes},
      threads);
}

void gemmTransposeA(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads) {
  assert(a.columns == c.rows && a.rows == b.rows && b.columns == c.columns);
  multiply({{a.data, 1, a.stride}, {b.data, b.stride, 1}, c, a.rows, accumulate == Accumulate::yes},
           threads);
}

void gemmTransposeB(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads) {
  assert(a.rows == c.rows && a.columns == b.columns && b.rows == c.columns);
  multiply(
      {{a.data, a.stride, 1}, {b.data, 1, b.stride}, c, a.columns, accumulate == Accumulate::yes},
      threads);
}

}  // namespace deeptype
