// Subspace iteration on the weighted inputs.
#include <algorithm>

#include "../../math/norms.h"
#include "../../math/orthonormal.h"
#include "cpu_backend.h"
#include "gemm/gemm.h"

namespace deeptype {
namespace {

constexpr unsigned kIterations = 40;

// Z (N,d) = X[:, inputs] diag(weights)
Buffer<float> weightedInputs(ConstMatrixView x, std::span<const std::uint32_t> inputs,
                             std::span<const float> weights) {
  const std::size_t d = inputs.size();
  Buffer<float> z(x.rows * d);
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % 64 == 0) checkStop();
    for (std::size_t k = 0; k < d; ++k) z[i * d + k] = x(i, inputs[k]) * weights[k];
  }
  return z;
}

// Y (B,M) = Z V^T of each chunk of rows, handed to body(chunk of Z, Y).
template <class Body>
void project(ConstMatrixView z, ConstMatrixView v, Buffer<float>& storage, unsigned threads,
             Body body) {
  forChunks(z.rows, [&](std::size_t begin, std::size_t count) {
    const ConstMatrixView rows = z.rowRange(begin, count);
    const MatrixView y = storage.view(count, v.rows);
    gemmTransposeB(rows, v, y, Accumulate::no, threads);
    body(rows, y);
  });
}

}  // namespace

double CpuBackend::principalDirections(std::span<const std::uint32_t> inputs,
                                       std::span<const float> weights, MatrixView v,
                                       std::size_t kept) {
  const unsigned threads = options_.threads;
  const Buffer<float> storage = weightedInputs(all_.data.x, inputs, weights);
  const ConstMatrixView z = storage.view(rows(), inputs.size());
  const double share = shareOfRows(comm_, z.rows);
  Buffer<float> projected(kChunkRows * v.rows), image(v.size());
  for (unsigned iteration = 0; iteration < kIterations && v.rows < v.columns; ++iteration) {
    image.fill(0);
    project(z, v, projected, threads, [&](ConstMatrixView rows, MatrixView y) {
      gemmTransposeA(y, rows, image.view(v.rows, v.columns), Accumulate::yes, threads);
    });
    meanOverRanks(comm_, share, image.span());
    std::copy_n(image.data(), v.size(), v.data);
    orthonormalize(v, 0);
  }
  double squares = 0;
  project(z, v, projected, threads, [&](ConstMatrixView, MatrixView y) {
    for (std::size_t i = 0; i < y.rows; ++i) {
      const double norm = l2Norm({y.row(i), kept});
      squares += norm * norm;
    }
  });
  double mean = squares / static_cast<double>(z.rows);
  meanOverRanks(comm_, share, std::span(&mean, 1));
  return mean;
}

}  // namespace deeptype
