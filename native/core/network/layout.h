#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "../math/matrix.h"

namespace deeptype {

// Where each tensor lies in the block of parameters: weights W_l (in,out), then biases b_l (out),
// each padded with zeros to 64 bytes. Optimiser moments and gradients share the layout.
//
// With a skip connection, Theta (inputs,outputs) adds X Theta to the outputs (LassoNet, Lemhadri et
// al. 2021). Its rows continue those of W_0: row j of the groups is all that leaves input j.
class Layout {
 public:
  explicit Layout(std::vector<std::size_t> widths, bool hasSkip = false);
  bool hasSkip() const { return hasSkip_; }
  std::size_t layers() const { return widths_.size() - 1; }
  std::size_t inputs() const { return widths_.front(); }
  std::size_t outputs() const { return widths_.back(); }
  std::size_t representation() const { return widths_[widths_.size() - 2]; }
  std::size_t in(std::size_t layer) const { return widths_[layer]; }
  std::size_t out(std::size_t layer) const { return widths_[layer + 1]; }
  std::size_t size() const { return size_; }
  const std::vector<std::size_t>& widths() const { return widths_; }

  MatrixView weight(Buffer<float>& block, std::size_t layer) const {
    return {block.data() + weights_[layer], in(layer), out(layer), stride(layer)};
  }
  ConstMatrixView weight(const Buffer<float>& block, std::size_t layer) const {
    return {block.data() + weights_[layer], in(layer), out(layer), stride(layer)};
  }
  // [W_0 Theta] (inputs, out(0) + outputs), or W_0; contiguous
  MatrixView groups(Buffer<float>& block) const { return {block.data(), inputs(), stride(0)}; }
  ConstMatrixView groups(const Buffer<float>& block) const {
    return {block.data(), inputs(), stride(0)};
  }
  // Theta (inputs,outputs); of a layout that has it
  MatrixView skip(Buffer<float>& block) const {
    return {block.data() + out(0), inputs(), outputs(), stride(0)};
  }
  ConstMatrixView skip(const Buffer<float>& block) const {
    return {block.data() + out(0), inputs(), outputs(), stride(0)};
  }
  std::span<float> bias(Buffer<float>& block, std::size_t layer) const {
    return {block.data() + biases_[layer], out(layer)};
  }
  std::span<const float> bias(const Buffer<float>& block, std::size_t layer) const {
    return {block.data() + biases_[layer], out(layer)};
  }
  // Whether the second-level cache of a core holds all weights.
  bool isSmall() const { return size_ <= std::size_t{1} << 17; }
  std::size_t groupWidth() const { return stride(0); }
  std::size_t weightOffset(std::size_t layer) const { return weights_[layer]; }
  std::size_t biasOffset(std::size_t layer) const { return biases_[layer]; }

 private:
  std::size_t stride(std::size_t layer) const {
    return out(layer) + (layer == 0 && hasSkip_ ? outputs() : 0);
  }

  std::vector<std::size_t> widths_;
  bool hasSkip_;
  std::vector<std::size_t> weights_;
  std::vector<std::size_t> biases_;
  std::size_t size_ = 0;
};

}  // namespace deeptype
