#include "network.h"

#include <algorithm>
#include <cmath>

#include "gemm/gemm.h"
#include "random.h"
#include "simd/simd.h"

namespace deeptype {
namespace {

constexpr std::size_t kAlign = 16;  // floats in 64 bytes

std::size_t padded(std::size_t size) { return (size + kAlign - 1) / kAlign * kAlign; }

// Z (B,O) += 1 b^T
void addBias(MatrixView z, std::span<const float> bias) {
  const float* const b = bias.data();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < z.rows; ++i) {
      float* const row = z.row(i);
      for (std::size_t j = 0; j < z.columns; ++j) row[j] += b[j];
    }
  });
}

// b (O) = or += 1^T dZ (B,O)
void addColumnSums(ConstMatrixView slope, std::span<float> bias, Accumulate accumulate) {
  if (accumulate == Accumulate::no) std::fill(bias.begin(), bias.end(), 0.0f);
  float* const b = bias.data();
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < slope.rows; ++i) {
      const float* const row = slope.row(i);
      for (std::size_t j = 0; j < slope.columns; ++j) b[j] += row[j];
    }
  });
}

void addTo(MatrixView target, ConstMatrixView source) {
  for (std::size_t i = 0; i < target.size(); ++i) target.data[i] += source.data[i];
}

}  // namespace

Layout::Layout(std::vector<std::size_t> widths) : widths_(std::move(widths)) {
  assert(widths_.size() >= 3);
  for (std::size_t l = 0; l < layers(); ++l) {
    weights_.push_back(size_);
    size_ += padded(in(l)*out(l));
    biases_.push_back(size_);
    size_ += padded(out(l));
  }
}

Network::Network(std::vector<std::size_t> widths, const Activation& activation, Initialization init)
    : layout_(std::move(widths)), activation_(&activation), parameters_(layout_.size(), 0.0f) {
  for (std::size_t l = 0; l < layout_.layers(); ++l) {
    Random random(init.seed, l);
    const MatrixView w = weight(l);
    const double bound = 1 / std::sqrt(static_cast<double>(w.rows));
    for (std::size_t i = 0; i < w.size(); ++i) {
      w.data[i] =
          static_cast<float>(init.normalDeviation > 0 ? init.normalDeviation * random.normal()
                                                      : bound * (2 * random.uniform() - 1));
    }
    if (init.normalDeviation > 0) continue;
    for (float& b : bias(l)) b = static_cast<float>(bound * (2 * random.uniform() - 1));
  }
}

Network Network::zeros(std::vector<std::size_t> widths, const Activation& activation) {
  Network network(Layout(std::move(widths)), activation);
  network.parameters_.resize(network.layout_.size());
  network.parameters_.fill(0);
  return network;
}

Network Network::copy(const Activation& activation) const {
  Network twin(layout_, activation);
  twin.parameters_.copyFrom(parameters_.span());
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
  representationSlope_.resize(rows * layout_.representation());
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
  return representationSlope_.view(rows_, layout_.representation());
}

void Workspace::forward(const Network& network, ConstMatrixView x, unsigned threads) {
  if (x.rows != rows_) reserve(x.rows);
  ConstMatrixView h = x;
  const std::size_t last = layout_.layers() - 1;
  for (std::size_t l = 0; l <= last; ++l) {
    const bool apart = keepInputs_ && l < last;
    const MatrixView z = (apart ? inputs_[l] : hidden_[l]).view(rows_, layout_.out(l));
    gemm(h, network.weight(l), z, Accumulate::no, threads);
    addBias(z, network.bias(l));
    const MatrixView next = hidden_[l].view(rows_, layout_.out(l));
    if (l < last) network.activation().forward(z.data, next.data, z.size());
    h = next;
  }
}

void Workspace::backward(const Network& network, ConstMatrixView x, bool withRepresentation,
                         Buffer<float>& gradient, bool accumulate, unsigned threads) {
  const std::size_t last = layout_.layers() - 1;
  for (std::size_t l = last + 1; l-- > 0;) {
    const MatrixView slope = slopes_[l].view(rows_, layout_.out(l));  // d loss / d H_l+1
    if (l + 1 == last && withRepresentation) addTo(slope, representationGradient());
    if (l < last) {
      network.activation().backward(keepInputs_ ? inputs_[l].data() : nullptr, hidden_[l].data(),
                                    slope.data, slope.size());
    }
    const ConstMatrixView h = l == 0 ? x : hidden_[l - 1].view(rows_, layout_.in(l));
    const auto mode = accumulate ? Accumulate::yes : Accumulate::no;
    gemmTransposeA(h, slope, layout_.weight(gradient, l), mode, threads);
    addColumnSums(slope, layout_.bias(gradient, l), mode);
    if (l == 0) break;
    gemmTransposeB(slope, network.weight(l), slopes_[l - 1].view(rows_, layout_.in(l)),
                   Accumulate::no, threads);
  }
}

}  // namespace deeptype
