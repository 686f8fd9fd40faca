#pragma once
// The three products training needs, without a separate transpose. float32 in, float32 out.
// The instruction set is chosen at run time (simd/simd.h). Work is split over rows and columns of
// the output only, and the sum over k runs in one fixed order: the same bits for any thread count.
#include <span>

#include "../../../math/matrix.h"
#include "../../../math/precision.h"
#include "../../../terms/activations/activation.h"

namespace deeptype {

bool bf16Available();

// Operations that are worth handing over to another thread.
constexpr double kWorthThread = 2.5e5;

enum class Accumulate { no, yes };  // C = A B   or   C += A B

// C (M,N) = A (M,K) B (K,N)
void gemm(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
          unsigned threads, Precision precision = Precision::float32);
// H (M,N) = f(A (M,K) B (K,N) + 1 bias^T), in one pass over H. Where f needs its input for the
// slope, that is left in z; no f is the identity.
void gemmLayer(ConstMatrixView a, ConstMatrixView b, const float* bias, const Activation* f,
               MatrixView z, MatrixView h, unsigned threads,
               Precision precision = Precision::float32);
// C (M,N) = A (K,M)^T B (K,N)
void gemmTransposeA(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads, Precision precision = Precision::float32);
// How many blocks of rows a C (M,N) is made in where each is worked on while it is in the cache:
// depends on the shape alone.
std::size_t rowBlocks(std::size_t rows, std::size_t columns);
// The same product by any rows of C, from any thread.
class RowProduct {
 public:
  RowProduct(ConstMatrixView a, ConstMatrixView b, Precision precision);
  static constexpr std::size_t kMostTouched = 3;
  // C's rows from `row`. Of `touched`, matrices of as many rows as C has in all, the same rows are
  // fetched meanwhile: what the caller reads next.
  void operator()(std::size_t row, MatrixView c,
                  std::span<const ConstMatrixView> touched = {}) const;

 private:
  ConstMatrixView a_, b_;
  bool half_;
  std::uint64_t serial_;  // under which threads keep what they have packed of B
};
// C (M,N) = A (M,K) B (N,K)^T
void gemmTransposeB(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads, Precision precision = Precision::float32);

// C (M,N) = (A B^T [+ C]) * f'(z), where H = f(Z), both (M,N); z is read only where f needs it.
void gemmSlope(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
               const Activation& f, ConstMatrixView z, ConstMatrixView h, unsigned threads,
               Precision precision = Precision::float32);

}  // namespace deeptype
