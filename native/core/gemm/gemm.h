#pragma once
// The three products training needs, without a separate transpose. float32 in, float32 out.
// The instruction set is chosen at run time (simd/simd.h). Work is split over rows and columns of
// the output only, and the sum over k runs in one fixed order: the same bits for any thread count.
#include "../activations/activation.h"
#include "../function_ref.h"
#include "../matrix.h"

namespace deeptype {

// bf16: factors rounded to bfloat16, sums in float32, for products large enough to gain by it on a
// processor that can (bf16Available); elsewhere the same as float32.
enum class Precision { float32, bf16 };
bool bf16Available();

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
// The same product, handed over in blocks of rows as they are complete, while they are in the
// cache: body(block, first row, rows of C, which are scratch), each block once, from several
// threads at once. How many blocks there are depends on the shape of C alone.
using RowSink = FunctionRef<void(std::size_t block, std::size_t row, MatrixView rows)>;
std::size_t rowBlocks(std::size_t rows, std::size_t columns);
void gemmTransposeARows(ConstMatrixView a, ConstMatrixView b, RowSink body, unsigned threads,
                        Precision precision = Precision::float32);
// C (M,N) = A (M,K) B (N,K)^T
void gemmTransposeB(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
                    unsigned threads, Precision precision = Precision::float32);

// C (M,N) = (A B^T [+ C]) * f'(z), where H = f(Z), both (M,N); z is read only where f needs it.
void gemmSlope(ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
               const Activation& f, ConstMatrixView z, ConstMatrixView h, unsigned threads,
               Precision precision = Precision::float32);

}  // namespace deeptype
