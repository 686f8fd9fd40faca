#include "network.h"

#include <algorithm>
#include <cmath>

#include "random.h"
#include "simd/simd.h"
#include "threads.h"

namespace deeptype {
namespace {

constexpr std::size_t kAlign = 16;  // floats in 64 bytes

std::size_t padded(std::size_t size) { return (size + kAlign - 1) / kAlign * kAlign; }

// b (O) = or += 1^T dZ (B,O)
void addColumnSums(ConstMatrixView slope, std::span<float> bias, Accumulate accumulate) {
  constexpr std::size_t kRun = 64;  // columns whose sums stay in registers
  simd::dispatch([=, b = bias.data()]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < slope.columns; j += kRun) {
      const std::size_t n = slope.columns - j < kRun ? slope.columns - j : kRun;
      const float* row = slope.data + j;
      float sums[kRun] = {};
      if (n == kRun) {
        for (std::size_t i = 0; i < slope.rows; ++i, row += slope.stride)
          for (std::size_t c = 0; c < kRun; ++c) sums[c] += row[c];
      } else {
        for (std::size_t i = 0; i < slope.rows; ++i, row += slope.stride)
          for (std::size_t c = 0; c < n; ++c) sums[c] += row[c];
      }
      for (std::size_t c = 0; c < n; ++c)
        b[j + c] = accumulate == Accumulate::yes ? b[j + c] + sums[c] : sums[c];
    }
  });
}

}  // namespace

Layout::Layout(std::vector<std::size_t> widths, bool hasSkip)
    : widths_(std::move(widths)), hasSkip_(hasSkip) {
  assert(widths_.size() >= 3);
  for (std::size_t l = 0; l < layers(); ++l) {
    weights_.push_back(size_);
    size_ += padded(in(l)*stride(l));
    biases_.push_back(size_);
    size_ += padded(out(l));
  }
}

Network::Network(std::vector<std::size_t> widths, const Activation& activation, Initialization init,
                 bool hasSkip)
    : layout_(std::move(widths), hasSkip),
      activation_(&activation),
      parameters_(layout_.size(), 0.0f) {
  const auto draw = [&](MatrixView w, double bound, Random& random) {
    for (std::size_t i = 0; i < w.rows; ++i) {
      for (float& value : w.rowSpan(i)) {
        value = static_cast<float>(init.normalDeviation > 0 ? init.normalDeviation * random.normal()
                                                            : bound * (2 * random.uniform() - 1));
      }
    }
  };
  for (std::size_t l = 0; l < layout_.layers(); ++l) {
    Random random(init.seed, l);
    const double bound = 1 / std::sqrt(static_cast<double>(layout_.in(l)));
    draw(weight(l), bound, random);
    if (init.normalDeviation > 0) continue;
    for (float& b : bias(l)) b = static_cast<float>(bound * (2 * random.uniform() - 1));
  }
  if (!hasSkip) return;
  Random random(init.seed, layout_.layers());
  draw(skip(), 1 / std::sqrt(static_cast<double>(layout_.inputs())), random);
}

Network Network::zeros(std::vector<std::size_t> widths, const Activation& activation,
                       bool hasSkip) {
  Network network(Layout(std::move(widths), hasSkip), activation);
  network.parameters_.resize(network.layout_.size());
  network.parameters_.clear();
  return network;
}

Network Network::copy(const Activation& activation) const {
  Network twin(layout_, activation);
  twin.parameters_.copyFrom(parameters_.span());
  return twin;
}

Network Network::emptied(const Activation& activation) const {
  Network twin = zeros(layout_.widths(), activation, layout_.hasSkip());
  const std::size_t later = layout_.biasOffset(0);
  std::copy_n(parameters_.data() + later, layout_.size() - later, twin.parameters_.data() + later);
  return twin;
}

void Workspace::reserve(std::size_t rows) {
  const std::size_t layers = layout_.layers();
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

ConstMatrixView Workspace::firstSlope() const {
  return slopes_.front().view(rows_, layout_.out(0));
}

MatrixView Workspace::representationGradient() {
  return slopes_[layout_.layers() - 2].view(rows_, layout_.representation());
}

void Workspace::forward(const Network& network, ConstMatrixView x, unsigned threads,
                        Precision precision) {
  if (x.rows != rows_) reserve(x.rows);
  ConstMatrixView h = x;
  const std::size_t last = layout_.layers() - 1;
  for (std::size_t l = 0; l <= last; ++l) {
    const std::size_t width = layout_.out(l);
    const MatrixView next = hidden_[l].view(rows_, width);
    const MatrixView z = keepInputs_ && l < last ? inputs_[l].view(rows_, width) : MatrixView{};
    gemmLayer(h, network.weight(l), network.bias(l).data(),
              l < last ? &network.activation() : nullptr, z, next, threads, precision);
    h = next;
  }
  if (layout_.hasSkip()) {  // O (B,C) += X (B,D) Theta (D,C)
    gemm(x, network.skip(), hidden_.back().view(rows_, layout_.outputs()), Accumulate::yes, threads,
         precision);
  }
}

void Workspace::backward(const Network& network, ConstMatrixView x, bool withRepresentation,
                         Buffer<float>& gradient, bool accumulate, unsigned threads,
                         Precision precision) {
  const auto mode = accumulate ? Accumulate::yes : Accumulate::no;
  backwardLater(network, withRepresentation, gradient, mode, threads, precision);
  groupGradient(x, layout_.groups(gradient), mode, threads, precision);
}

void Workspace::groupGradient(ConstMatrixView x, MatrixView g, Accumulate mode, unsigned threads,
                              Precision precision) const {
  const std::size_t hidden = layout_.out(0);
  // [X^T dZ_0, X^T dO]
  gemmTransposeA(x, firstSlope(), {g.data, g.rows, hidden, g.stride}, mode, threads, precision);
  if (!layout_.hasSkip()) return;
  gemmTransposeA(x, slopes_.back().view(rows_, layout_.outputs()),
                 {g.data + hidden, g.rows, layout_.outputs(), g.stride}, mode, threads, precision);
}

void Workspace::backward(const Network& network, ConstMatrixView x, bool withRepresentation,
                         Buffer<float>& gradient, RowSink first, unsigned threads,
                         Precision precision) {
  backwardLater(network, withRepresentation, gradient, Accumulate::no, threads, precision);
  if (!layout_.hasSkip()) return gemmTransposeARows(x, firstSlope(), first, threads, precision);
  const MatrixView g = layout_.groups(gradient);
  groupGradient(x, g, Accumulate::no, threads, precision);
  const std::size_t blocks = rowBlocks(g.rows, g.columns);
  parallelFor(blocks, threads, [&](std::size_t i) {
    const std::size_t begin = i * g.rows / blocks;
    first(i, begin, g.rowRange(begin, (i + 1) * g.rows / blocks - begin));
  });
}

// All but the groups.
void Workspace::backwardLater(const Network& network, bool withRepresentation,
                              Buffer<float>& gradient, Accumulate mode, unsigned threads,
                              Precision precision) {
  const std::size_t last = layout_.layers() - 1;
  for (std::size_t l = last; l > 0; --l) {
    const ConstMatrixView slope = slopes_[l].view(rows_, layout_.out(l));  // d loss / d Z_l
    const ConstMatrixView h = hidden_[l - 1].view(rows_, layout_.in(l));
    gemmTransposeA(h, slope, layout_.weight(gradient, l), mode, threads, precision);
    addColumnSums(slope, layout_.bias(gradient, l), mode);
    const ConstMatrixView z =
        keepInputs_ ? inputs_[l - 1].view(rows_, layout_.in(l)) : ConstMatrixView{};
    gemmSlope(slope, network.weight(l), slopes_[l - 1].view(rows_, layout_.in(l)),
              l == last && withRepresentation ? Accumulate::yes : Accumulate::no,
              network.activation(), z, h, threads, precision);
  }
  addColumnSums(firstSlope(), layout_.bias(gradient, 0), mode);
}

}  // namespace deeptype
