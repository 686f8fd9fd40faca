#pragma once
// The three matrix products of training, without a separate transpose; float32 in and out. The
// instruction set is chosen at run time (simd/simd.h). Only rows and columns of the output are
// split over threads and sums over k run in a fixed order: the same bits for any number of threads.
#include <span>

#include "../../../math/matrix.h"
#include "../../../math/precision.h"
#include "../../../terms/activations/activation.h"

namespace deeptype {

bool bf16Available();

// Floating-point operations that pay for another thread.
constexpr double kWorthThread = 2.5e5;

enum class Accumulate { no, yes };  // C = A B   or   C += A B

// C (M,N) = A (M,K) B (K,N)
void gemm(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
          unsigned threads, Precision precision = Precision::float32);
// H (M,N) = f(A (M,K) B (K,N) + 1 bias^T), in one pass over H. Where the derivative of
// f needs its input, that is stored in z; a null f is the identity.
void gemmLayer(ConstMatrixView a, ConstMatrixView b, const float* bias, const Activation* f,
               MatrixView z, MatrixView h, unsigned threads,
               Precision precision = Precision::float32);
// C (M,N) = A (K,M)^T B (K,N)
void gemmTransposeA(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads, Precision precision = Precision::float32);
// Number of row blocks of C (M,N), of a size that stays in cache for the work that follows. Depends
// on the shape alone.
std::size_t rowBlocks(std::size_t rows, std::size_t columns);
// The same product, computed for any rows of C from any thread.
class RowProduct {
 public:
  RowProduct(ConstMatrixView a, ConstMatrixView b, Precision precision);
  static constexpr std::size_t kMostTouched = 3;
  // C (rows, N) = rows [row, row + rows) of the product. Meanwhile the same rows of the matrices
  // `touched` (M, any), which the caller reads next, are prefetched.
  void operator()(std::size_t row, MatrixView c,
                  std::span<const ConstMatrixView> touched = {}) const;

 private:
  ConstMatrixView a_, b_;
  bool half_;
  std::uint64_t serial_;  // key of packed panels of B
};
// C (M,N) = A (M,K) B (N,K)^T
void gemmTransposeB(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads, Precision precision = Precision::float32);

// C (M,N) = (A B^T [+ C]) * f'(z), where H = f(Z), both (M,N); z is read only where f needs it.
void gemmSlope(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
               const Activation& f, ConstMatrixView z, ConstMatrixView h, unsigned threads,
               Precision precision = Precision::float32);

}  // namespace deeptype
