#include "inference.h"

#include <algorithm>
#include <atomic>

#include "../../math/finite.h"
#include "../../platform/threads.h"
#include "objective_passes.h"

namespace deeptype {
namespace {

// Where all weights stay in a core's cache, a block of rows goes through every layer before the
// next block does: its activations stay there as well, and blocks are what threads share. Other
// networks go layer by layer, so that each weight is read once a chunk.
constexpr std::size_t kCachedWeights = std::size_t{1} << 16;  // floats
constexpr std::size_t kBlockRows = 112;
constexpr double kWorthThreads = 4e6;  // multiplications

bool staysCached(const Network& network) { return network.layout().size() <= kCachedWeights; }

void findWinners(ConstMatrixView outputs, std::span<std::int32_t> winners) {
  const std::size_t columns = outputs.columns;
  for (std::size_t i = 0; i < winners.size(); ++i) {
    const float* const row = outputs.row(i);
    std::int32_t best = columns == 1 && row[0] > 0;
    float largest = row[0];
    for (std::size_t c = 1; c < columns; ++c) {
      best = row[c] > largest ? static_cast<std::int32_t>(c) : best;
      largest = row[c] > largest ? row[c] : largest;
    }
    winners[i] = best;
  }
}

// H_0 = X (B,D);  H_l+1 = f(H_l W_l + b_l), straight into the results where they are wanted.
void inferBlock(const Network& network, ConstMatrixView x, const Inferred& to) {
  thread_local Buffer<float> inputs, hidden[2];
  const Layout& layout = network.layout();
  const std::size_t last = layout.layers() - 1;
  const bool wantsOutputs = to.outputs.data || !to.winners.empty();
  ConstMatrixView h = x;
  for (std::size_t l = 0; l <= last; ++l) {
    if (l == last && !wantsOutputs) return;
    const std::size_t width = layout.out(l);
    MatrixView next = l == last ? to.outputs : l + 1 == last ? to.representation : MatrixView{};
    if (!next.data) {
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
    if (l == last && layout.hasSkip()) gemm(x, network.skip(), next, Accumulate::yes, 1);
    h = next;
  }
  findWinners(h, to.winners);
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

// The rows as the network takes them: in `taken`, or where they are. None where not all is finite.
template <class T>
ConstMatrixView take(View<const T> x, const Standardizer* standardizer, Buffer<float>& taken) {
  const auto unless = [](bool isFinite, ConstMatrixView rows) {
    return isFinite ? rows : ConstMatrixView{};
  };
  if constexpr (std::is_same_v<T, float>)
    if (!standardizer && x.contiguous()) return unless(allFinite<float>({x.data, x.size()}), x);
  taken.resize(x.size());
  const MatrixView out = taken.view(x.rows, x.columns);
  if (standardizer) return unless(standardizer->apply(x, out), out);
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t j = 0; j < x.columns; ++j) out(i, j) = static_cast<float>(x(i, j));
  return unless(allFinite(std::as_const(taken).span()), out);
}

// By a forward pass of all rows.
void inferChunk(const Network& network, Workspace& workspace, ConstMatrixView x, const Inferred& to,
                unsigned threads) {
  workspace.forward(network, x, threads);
  const auto copy = [](ConstMatrixView from, MatrixView target) {
    if (target.data) std::copy_n(from.data, from.size(), target.data);
  };
  copy(workspace.representation(), to.representation);
  copy(workspace.outputs(), to.outputs);
  findWinners(workspace.outputs(), to.winners);
}

}  // namespace

Inferred Inferred::rowRange(std::size_t begin, std::size_t count) const {
  const auto rows = [&](MatrixView all) { return all.data ? all.rowRange(begin, count) : all; };
  return {rows(representation), rows(outputs),
          winners.empty() ? winners : winners.subspan(begin, count)};
}

void infer(const Network& network, Workspace& workspace, ConstMatrixView x, const Inferred& to,
           unsigned threads) {
  if (staysCached(network)) {
    forBlocks(network, x.rows, threads, [&](std::size_t begin, std::size_t count) {
      inferBlock(network, x.rowRange(begin, count), to.rowRange(begin, count));
    });
    return;
  }
  forChunks(x.rows, [&](std::size_t begin, std::size_t count) {
    inferChunk(network, workspace, x.rowRange(begin, count), to.rowRange(begin, count), threads);
  });
}

template <class T>
bool inferRaw(const Network& network, Workspace& workspace, const Standardizer* standardizer,
              Buffer<float>& scratch, View<const T> x, const Inferred& to, unsigned threads) {
  if (staysCached(network)) {
    std::atomic<bool> isFinite = true;
    forBlocks(network, x.rows, threads, [&](std::size_t begin, std::size_t count) {
      thread_local Buffer<float> taken;
      const ConstMatrixView rows = take(x.rowRange(begin, count), standardizer, taken);
      if (!rows.data) return isFinite.store(false);
      inferBlock(network, rows, to.rowRange(begin, count));
    });
    return isFinite;
  }
  bool isFinite = true;
  forChunks(x.rows, [&](std::size_t begin, std::size_t count) {
    if (!isFinite) return;
    const ConstMatrixView rows = take(x.rowRange(begin, count), standardizer, scratch);
    if (!(isFinite = rows.data != nullptr)) return;
    inferChunk(network, workspace, rows, to.rowRange(begin, count), threads);
  });
  return isFinite;
}

template bool inferRaw(const Network&, Workspace&, const Standardizer*, Buffer<float>&,
                       View<const float>, const Inferred&, unsigned);
template bool inferRaw(const Network&, Workspace&, const Standardizer*, Buffer<float>&,
                       View<const double>, const Inferred&, unsigned);

}  // namespace deeptype
