#include "network.h"

#include <algorithm>
#include <cmath>

#include "../math/random.h"

namespace deeptype {
namespace {

constexpr std::size_t kAlign = 16;  // floats in 64 bytes

std::size_t padded(std::size_t size) { return (size + kAlign - 1) / kAlign * kAlign; }

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
    : layout_(std::move(widths), hasSkip), activation_(&activation), parameters_(layout_.size()) {
  draw(init);
}

void Network::draw(const Initialization& init) {
  parameters_.clear();
  std::vector<bool> isUsed(layout_.inputs(), true);
  for (const std::uint32_t j : init.unused) isUsed[j] = false;
  const auto used = std::max<std::size_t>(layout_.inputs() - init.unused.size(), 1);
  const auto drawRow = [&](std::span<float> row, double bound, Random& random) {
    for (float& value : row) {
      value = static_cast<float>(init.normalDeviation > 0 ? init.normalDeviation * random.normal()
                                                          : bound * (2 * random.uniform() - 1));
    }
  };
  const auto drawInputs = [&](MatrixView w, double bound, Random& random) {
    for (std::size_t j = 0; j < w.rows; ++j)
      if (isUsed[j]) drawRow(w.rowSpan(j), bound, random);
  };
  for (std::size_t l = 0; l < layout_.layers(); ++l) {
    Random random(init.seed, l);
    const double bound = 1 / std::sqrt(static_cast<double>(l == 0 ? used : layout_.in(l)));
    const MatrixView w = weight(l);
    if (l == 0) drawInputs(w, bound, random);
    for (std::size_t i = 0; i < w.rows && l > 0; ++i) drawRow(w.rowSpan(i), bound, random);
    if (init.normalDeviation > 0) continue;
    for (float& b : bias(l)) b = static_cast<float>(bound * (2 * random.uniform() - 1));
  }
  if (!layout_.hasSkip()) return;
  Random random(init.seed, layout_.layers());
  drawInputs(skip(), 1 / std::sqrt(static_cast<double>(used)), random);
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
  std::vector<std::size_t> widths = layout_.widths();
  widths[0] = 1;
  Network twin = zeros(std::move(widths), activation, layout_.hasSkip());
  const std::size_t later = layout_.biasOffset(0);
  std::copy_n(parameters_.data() + later, layout_.size() - later,
              twin.parameters_.data() + twin.layout_.biasOffset(0));
  return twin;
}

Network Network::narrowed(std::span<const std::uint32_t> inputs) const {
  std::vector<std::size_t> widths = layout_.widths();
  widths[0] = inputs.size();
  Network narrow = zeros(std::move(widths), *activation_, layout_.hasSkip());
  const MatrixView to = narrow.groups();
  for (std::size_t k = 0; k < inputs.size(); ++k)
    std::copy_n(groups().row(inputs[k]), to.columns, to.row(k));
  const std::size_t later = layout_.biasOffset(0);
  std::copy_n(parameters_.data() + later, layout_.size() - later,
              narrow.parameters_.data() + narrow.layout_.biasOffset(0));
  return narrow;
}

void Network::setInputs(std::span<const std::uint32_t> inputs, const Network& narrow) {
  const ConstMatrixView from = narrow.groups();
  for (std::size_t k = 0; k < inputs.size(); ++k)
    std::copy_n(from.row(k), from.columns, groups().row(inputs[k]));
  const std::size_t later = narrow.layout_.biasOffset(0);
  std::copy_n(narrow.parameters_.data() + later, narrow.layout_.size() - later,
              parameters_.data() + layout_.biasOffset(0));
}

bool Network::isSelected(std::size_t input) const {
  const auto w = groups().rowSpan(input);
  return std::any_of(w.begin(), w.end(), [](float x) { return x != 0; });
}

std::size_t Network::selectedInputs() const {
  std::size_t count = 0;
  for (std::size_t j = 0; j < layout_.inputs(); ++j) count += isSelected(j);
  return count;
}

}  // namespace deeptype
