#include "inference.h"

#include <algorithm>
#include <atomic>

#include "finite.h"
#include "objective.h"
#include "threads.h"

namespace deeptype {
namespace {

// Where all weights stay in a core's cache, a block of rows goes through every layer before the
// next block does: its activations stay there as well, and blocks are what threads share. Other
// networks go layer by layer, so that each weight is read once a chunk.
constexpr std::size_t kCachedWeights = std::size_t{1} << 16;  // floats
constexpr std::size_t kBlockRows = 112;
constexpr double kWorthThreads = 4e6;  // multiplications

bool staysCached(const Network& network) { return network.layout().size() <= kCachedWeights; }

MatrixView rowsOf(MatrixView all, std::size_t begin, std::size_t count) {
  return all.data ? all.rowRange(begin, count) : all;
}

// H_0 = X (B,D);  H_l+1 = f(H_l W_l + b_l), straight into the results where they are wanted.
void inferBlock(const Network& network, ConstMatrixView x, MatrixView representation,
                MatrixView outputs) {
  thread_local Buffer<float> inputs, hidden[2];
  const Layout& layout = network.layout();
  const std::size_t last = layout.layers() - 1;
  ConstMatrixView h = x;
  for (std::size_t l = 0; l <= last; ++l) {
    const std::size_t width = layout.out(l);
    MatrixView next = l == last ? outputs : l + 1 == last ? representation : MatrixView{};
    if (!next.data) {
      if (l == last) return;
      hidden[l % 2].resize(x.rows * width);
      next = hidden[l % 2].view(x.rows, width);
    }
    MatrixView z;
    if (l < last && network.activation().needsInput) {
      inputs.resize(x.rows * width);
      z = inputs.view(x.rows, width);
    }
    gemmLayer(h, network.weight(l), network.bias(l).data(),
              l < last ? &network.activation() : nullptr, z, next, 1);
    h = next;
  }
  if (layout.hasSkip()) gemm(x, network.skip(), outputs, Accumulate::yes, 1);
}

// body(begin, count) over blocks of rows.
template <class Body>
void forBlocks(const Network& network, std::size_t rows, unsigned threads, Body body) {
  const double work = static_cast<double>(rows) * static_cast<double>(network.layout().size());
  parallelFor((rows + kBlockRows - 1) / kBlockRows, work >= kWorthThreads ? threads : 1,
              [&](std::size_t block) {
                const std::size_t begin = block * kBlockRows;
                body(begin, std::min(kBlockRows, rows - begin));
              });
}

// The rows as the network takes them; whether all are finite.
template <class T>
bool take(View<const T> x, const Standardizer* standardizer, MatrixView out) {
  if (standardizer) return standardizer->apply(x, out);
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j) out(i, j) = static_cast<float>(x(i, j));
  return allFinite(std::span<const float>(out.data, out.size()), 1);
}

// Rows begin .. of the results, from a forward pass over x.
void inferChunk(const Network& network, Workspace& workspace, ConstMatrixView x, std::size_t begin,
                MatrixView representation, MatrixView outputs, unsigned threads) {
  workspace.forward(network, x, threads);
  const auto copy = [begin](ConstMatrixView from, MatrixView to) {
    if (to.data) std::copy_n(from.data, from.size(), to.row(begin));
  };
  copy(workspace.representation(), representation);
  copy(workspace.outputs(), outputs);
}

}  // namespace

void infer(const Network& network, Workspace& workspace, ConstMatrixView x,
           MatrixView representation, MatrixView outputs, unsigned threads) {
  if (staysCached(network)) {
    forBlocks(network, x.rows, threads, [&](std::size_t begin, std::size_t count) {
      inferBlock(network, x.rowRange(begin, count), rowsOf(representation, begin, count),
                 rowsOf(outputs, begin, count));
    });
    return;
  }
  forChunks(x.rows, nullptr, [&](std::size_t begin, std::size_t count) {
    inferChunk(network, workspace, x.rowRange(begin, count), begin, representation, outputs,
               threads);
  });
}

template <class T>
bool inferRaw(const Network& network, Workspace& workspace, const Standardizer* standardizer,
              Buffer<float>& scratch, View<const T> x, MatrixView representation,
              MatrixView outputs, unsigned threads) {
  if (staysCached(network)) {
    std::atomic<bool> isFinite = true;
    forBlocks(network, x.rows, threads, [&](std::size_t begin, std::size_t count) {
      thread_local Buffer<float> scaled;
      scaled.resize(count * x.columns);
      const MatrixView rows = scaled.view(count, x.columns);
      if (!take(x.rowRange(begin, count), standardizer, rows)) return isFinite.store(false);
      inferBlock(network, rows, rowsOf(representation, begin, count),
                 rowsOf(outputs, begin, count));
    });
    return isFinite;
  }
  scratch.resize(std::min(x.rows, kChunkRows) * x.columns);
  bool isFinite = true;
  forChunks(x.rows, nullptr, [&](std::size_t begin, std::size_t count) {
    const MatrixView scaled = scratch.view(count, x.columns);
    isFinite = isFinite && take(x.rowRange(begin, count), standardizer, scaled);
    if (!isFinite) return;
    inferChunk(network, workspace, scaled, begin, representation, outputs, threads);
  });
  return isFinite;
}

template bool inferRaw(const Network&, Workspace&, const Standardizer*, Buffer<float>&,
                       View<const float>, MatrixView, MatrixView, unsigned);
template bool inferRaw(const Network&, Workspace&, const Standardizer*, Buffer<float>&,
                       View<const double>, MatrixView, MatrixView, unsigned);

}  // namespace deeptype
