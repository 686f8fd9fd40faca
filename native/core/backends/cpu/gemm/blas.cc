// float32 products without an epilogue through a BLAS, if CMake was given -DDEEPTYPE_BLAS. The
// thread pool distributes the tiles, so limit the library to one thread (OPENBLAS_NUM_THREADS=1 and
// the like). The order of its sums is unknown: bits may depend on the number of threads.
#include "kernel.h"

#ifdef DEEPTYPE_BLAS
#include <cblas.h>

#include <algorithm>

namespace deeptype::gemm_kernel {

void tileBlas(const Product& product, const Tile& tile) {
  const Operand &a = product.a, &b = product.b;
  const bool ta = a.columnStride != 1, tb = b.columnStride != 1;
  const auto depth = static_cast<int>(product.depth);
  const auto rows = static_cast<int>(tile.rows), columns = static_cast<int>(tile.columns);
  // A single row may have any stride, but BLAS requires at least the length of the row.
  const auto leading = [](std::size_t stride, int length) {
    return std::max(static_cast<int>(stride), std::max(length, 1));
  };
  const int lda = ta ? leading(a.columnStride, rows) : leading(a.rowStride, depth);
  const int ldb = tb ? leading(b.columnStride, depth) : leading(b.rowStride, columns);
  cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, rows,
              columns, depth, 1, a.at(tile.row, 0), lda, b.at(0, tile.column), ldb,
              product.add ? 1 : 0, product.c.row(tile.row) + tile.column,
              leading(product.c.stride, columns));
}

}  // namespace deeptype::gemm_kernel
#endif
