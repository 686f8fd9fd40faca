#include "workspace.h"

#include <algorithm>
#include <optional>

#include "../../platform/memory_limit.h"
#include "../../platform/simd/simd.h"
#include "../../platform/threads.h"

namespace deeptype {
namespace {

// b (O) = or += 1^T dZ (B,O), from column j on: as many columns at a time as stay in registers
template <std::size_t Run>
DEEPTYPE_INLINE void columnSums(ConstMatrixView slope, std::size_t j, float* b, bool add) {
  for (; slope.columns - j >= Run; j += Run) {
    float sums[Run] = {};
    const float* row = slope.data + j;
    for (std::size_t i = 0; i < slope.rows; ++i, row += slope.stride)
      for (std::size_t c = 0; c < Run; ++c) sums[c] += row[c];
    for (std::size_t c = 0; c < Run; ++c) b[j + c] = add ? b[j + c] + sums[c] : sums[c];
  }
  if constexpr (Run > 1)
    if (j < slope.columns) columnSums<Run / 4>(slope, j, b, add);
}

void addColumnSums(ConstMatrixView slope, std::span<float> bias, Accumulate accumulate) {
  simd::dispatch([=, b = bias.data()]() DEEPTYPE_LAMBDA {
    columnSums<64>(slope, 0, b, accumulate == Accumulate::yes);
  });
}

}  // namespace

void Workspace::reserve(std::size_t rows) {
  const std::size_t layers = layout_.layers();
  double bytes = 0;
  for (std::size_t l = 0; l < layers; ++l)
    bytes += (keepInputs_ ? 3.0 : 2.0) * sizeof(float) * static_cast<double>(rows * layout_.out(l));
  if (bytes > static_cast<double>(availableMemory())) throw std::bad_alloc();
  inputs_.resize(layers);
  hidden_.resize(layers);
  slopes_.resize(layers);
  for (std::size_t l = 0; l < layers; ++l) {
    hidden_[l].resize(rows * layout_.out(l));
    slopes_[l].resize(rows * layout_.out(l));
    if (keepInputs_) inputs_[l].resize(rows * layout_.out(l));
  }
  rows_ = rows;
}

ConstMatrixView Workspace::outputs() const { return hidden_.back().view(rows_, layout_.outputs()); }

ConstMatrixView Workspace::representation() const {
  return hidden_[layout_.layers() - 2].view(rows_, layout_.representation());
}

MatrixView Workspace::outputGradient() { return slopes_.back().view(rows_, layout_.outputs()); }

ConstMatrixView Workspace::slope(std::size_t layer) const {
  return slopes_[layer].view(rows_, layout_.out(layer));
}

ConstMatrixView Workspace::layerInput(ConstMatrixView x, std::size_t layer) const {
  return layer == 0 ? x : hidden_[layer - 1].view(rows_, layout_.in(layer));
}

MatrixView Workspace::representationGradient() {
  return slopes_[layout_.layers() - 2].view(rows_, layout_.representation());
}

// Body(begin, count, threads) over the rows: in parts, a thread each, which pass through all layers
// without waiting for one another, where a core's cache holds all weights; else all rows at once,
// as in bfloat16, which a product is given by its size.
template <class Body>
void Workspace::forRowParts(unsigned threads, Precision precision, Body body) const {
  constexpr std::size_t leastRows = 14;
  const double work = 2.0 * static_cast<double>(rows_) * static_cast<double>(layout_.size());
  if (threads <= 1 || precision == Precision::bf16 || !layout_.isSmall() || work < 2 * kWorthThread)
    return body(std::size_t{0}, rows_, threads);
  const auto most = static_cast<std::size_t>(work / kWorthThread);
  const std::size_t parts =
      std::clamp<std::size_t>(rows_ / leastRows, 1, std::min<std::size_t>(most, threads));
  parallelFor(parts, threads, [&](std::size_t i) {
    const std::size_t begin = i * rows_ / parts;
    body(begin, (i + 1) * rows_ / parts - begin, 1u);
  });
}

void Workspace::forward(const Network& network, ConstMatrixView x, unsigned threads,
                        Precision precision) {
  if (x.rows != rows_) reserve(x.rows);
  const std::size_t last = layout_.layers() - 1;
  forRowParts(threads, precision, [&](std::size_t begin, std::size_t count, unsigned here) {
    const auto rows = [&](Buffer<float>& buffer, std::size_t l) {
      return buffer.view(rows_, layout_.out(l)).rowRange(begin, count);
    };
    const ConstMatrixView first = x.rowRange(begin, count);
    ConstMatrixView h = first;
    for (std::size_t l = 0; l <= last; ++l) {
      const MatrixView next = rows(hidden_[l], l);
      const MatrixView z = keepInputs_ && l < last ? rows(inputs_[l], l) : MatrixView{};
      gemmLayer(h, network.weight(l), network.bias(l).data(),
                l < last ? &network.activation() : nullptr, z, next, here, precision);
      h = next;
    }
    // O (B,C) += X (B,D) Theta (D,C)
    if (layout_.hasSkip())
      gemm(first, network.skip(), rows(hidden_.back(), last), Accumulate::yes, here, precision);
  });
}

// dZ_l-1 (B,I) = dZ_l (B,O) W_l^T (O,I) * f'(Z_l-1), from the last layer to the first
void Workspace::backwardSlopes(const Network& network, bool withRepresentation, unsigned threads,
                               Precision precision) {
  const std::size_t last = layout_.layers() - 1;
  forRowParts(threads, precision, [&](std::size_t begin, std::size_t count, unsigned here) {
    const auto rows = [&](Buffer<float>& buffer, std::size_t l) {
      return buffer.view(rows_, layout_.out(l)).rowRange(begin, count);
    };
    for (std::size_t l = last; l > 0; --l) {
      const ConstMatrixView z = keepInputs_ ? rows(inputs_[l - 1], l - 1) : ConstMatrixView{};
      gemmSlope(rows(slopes_[l], l), network.weight(l), rows(slopes_[l - 1], l - 1),
                l == last && withRepresentation ? Accumulate::yes : Accumulate::no,
                network.activation(), z, rows(hidden_[l - 1], l - 1), here, precision);
    }
  });
}

void Workspace::backward(const Network& network, ConstMatrixView x, bool withRepresentation,
                         Buffer<float>& gradient, bool accumulate, unsigned threads,
                         Precision precision) {
  const auto mode = accumulate ? Accumulate::yes : Accumulate::no;
  backwardSlopes(network, withRepresentation, threads, precision);
  groupGradient(x, layout_.groups(gradient), mode, threads, precision);
  for (std::size_t l = 0; l < layout_.layers(); ++l) {
    if (l > 0)
      gemmTransposeA(layerInput(x, l), slope(l), layout_.weight(gradient, l), mode, threads,
                     precision);
    addColumnSums(slope(l), layout_.bias(gradient, l), mode);
  }
}

void Workspace::groupGradient(ConstMatrixView x, MatrixView g, Accumulate mode, unsigned threads,
                              Precision precision) const {
  const std::size_t hidden = layout_.out(0);
  // [X^T dZ_0, X^T dO]
  gemmTransposeA(x, slope(0), {g.data, g.rows, hidden, g.stride}, mode, threads, precision);
  if (!layout_.hasSkip()) return;
  gemmTransposeA(x, slope(layout_.layers() - 1),
                 {g.data + hidden, g.rows, layout_.outputs(), g.stride}, mode, threads, precision);
}

void Workspace::groupSlopes(MatrixView s) const {
  const std::size_t hidden = layout_.out(0);
  for (std::size_t i = 0; i < s.rows; ++i) {
    std::copy_n(slope(0).row(i), hidden, s.row(i));
    if (layout_.hasSkip())
      std::copy_n(slope(layout_.layers() - 1).row(i), layout_.outputs(), s.row(i) + hidden);
  }
}

void Workspace::backward(const Network& network, ConstMatrixView x, bool withRepresentation,
                         const GradientSink& sink, unsigned threads, Precision precision) {
  backwardSlopes(network, withRepresentation, threads, precision);
  const std::size_t layers = layout_.layers();
  std::size_t blocks = 0;
  products_.clear();
  for (std::size_t l = 0; l < layers; ++l) {
    const std::size_t columns = l == 0 ? layout_.groupWidth() : layout_.out(l);
    products_.push_back({{layerInput(x, l), slope(l), precision},
                         blocks,
                         rowBlocks(layout_.in(l), columns),
                         columns});
    blocks += products_.back().blocks;
  }
  const double work = 2.0 * static_cast<double>(rows_) * static_cast<double>(layout_.size());
  std::optional<RowProduct> skip;
  if (layout_.hasSkip()) skip.emplace(x, slope(layers - 1), precision);
  parallelFor(blocks, work < 2 * kWorthThread ? 1 : threads, [&](std::size_t task) {
    thread_local Buffer<float> scratch;
    std::size_t l = layers - 1;
    while (task < products_[l].firstBlock) --l;
    const auto& [product, firstBlock, count, columns] = products_[l];
    const std::size_t block = task - firstBlock, in = layout_.in(l), out = layout_.out(l);
    const std::size_t begin = block * in / count, rows = (block + 1) * in / count - begin;
    scratch.resize(std::max(rows * columns, out));
    const MatrixView g = scratch.view(rows, columns);
    product(begin, {g.data, rows, out, columns},
            l == 0 ? sink.touched : std::span<const ConstMatrixView>());
    if (l == 0 && skip) (*skip)(begin, {g.data + out, rows, layout_.outputs(), columns});
    sink.weights(l, block, begin, g);
    if (block > 0) return;
    const std::span<float> bias(scratch.data(), out);
    addColumnSums(slope(l), bias, Accumulate::no);
    sink.bias(l, bias);
  });
}

void forBlocks(const Layout& layout, Buffer<float>& gradient, const GradientSink& sink,
               unsigned threads) {
  constexpr std::size_t worthwhile = std::size_t{1} << 17;  // numbers that pay for threads
  for (std::size_t l = 0; l < layout.layers(); ++l) {
    const MatrixView g = l == 0 ? layout.groups(gradient) : layout.weight(gradient, l);
    const std::size_t blocks = rowBlocks(g.rows, g.columns);
    parallelFor(blocks, g.size() >= worthwhile ? threads : 1, [&](std::size_t i) {
      const std::size_t begin = i * g.rows / blocks;
      sink.weights(l, i, begin, g.rowRange(begin, (i + 1) * g.rows / blocks - begin));
    });
    sink.bias(l, layout.bias(gradient, l));
  }
}

}  // namespace deeptype
