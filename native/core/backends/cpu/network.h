#pragma once
// The multilayer perceptron: parameters in one block, forward and backward passes over a batch.
#include <cstdint>
#include <vector>

#include "../../math/matrix.h"
#include "../../platform/function_ref.h"
#include "../../terms/activations/activation.h"
#include "gemm/gemm.h"

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

// How weights are drawn: uniform on +-1/sqrt(in) (PyTorch's Linear), or normal with a given
// deviation and zero biases (the authors' release: 0.02).
struct Initialization {
  double normalDeviation = 0;  // 0: uniform
  std::uint64_t seed = 0;
  // Inputs without weights, ascending: all others are drawn as in a network that lacks these.
  std::vector<std::uint32_t> unused{};
};

class Network {
 public:
  // widths: inputs, one or more hidden layers, outputs.
  Network(std::vector<std::size_t> widths, const Activation& activation, Initialization init,
          bool hasSkip = false);

  // All parameters 0.
  static Network zeros(std::vector<std::size_t> widths, const Activation& activation, bool hasSkip);
  // All parameters anew.
  void draw(const Initialization& init);
  Network copy() const { return copy(*activation_); }
  Network copy(const Activation& activation) const;  // with another non-linearity
  // That, with one input, whose weights are 0: what the network makes of any row when W_0 = 0.
  Network emptied(const Activation& activation) const;
  // With these inputs alone.
  Network narrowed(std::span<const std::uint32_t> inputs) const;
  // The weights of these inputs, and all later layers, are those of a network of these inputs.
  void setInputs(std::span<const std::uint32_t> inputs, const Network& narrow);
  const Layout& layout() const { return layout_; }
  const Activation& activation() const { return *activation_; }
  Buffer<float>& parameters() { return parameters_; }
  const Buffer<float>& parameters() const { return parameters_; }
  MatrixView weight(std::size_t layer) { return layout_.weight(parameters_, layer); }
  ConstMatrixView weight(std::size_t layer) const { return layout_.weight(parameters_, layer); }
  MatrixView groups() { return layout_.groups(parameters_); }
  ConstMatrixView groups() const { return layout_.groups(parameters_); }
  MatrixView skip() { return layout_.skip(parameters_); }
  ConstMatrixView skip() const { return layout_.skip(parameters_); }
  std::span<float> bias(std::size_t layer) { return layout_.bias(parameters_, layer); }
  std::span<const float> bias(std::size_t layer) const { return layout_.bias(parameters_, layer); }
  bool isSelected(std::size_t input) const;  // whether its weights are not all exactly 0
  std::size_t selectedInputs() const;        // how many are

 private:
  Network(const Layout& layout, const Activation& activation)
      : layout_(layout), activation_(&activation) {}

  Layout layout_;
  const Activation* activation_;
  Buffer<float> parameters_;
};

// Takes the gradient of a step in blocks as they are made, while they are in the cache, from
// several threads at once: of W_l, and of the groups where l = 0, rows from `row`, which are one of
// rowBlocks and scratch; of every bias.
struct GradientSink {
  FunctionRef<void(std::size_t layer, std::size_t block, std::size_t row, MatrixView g)> weights;
  FunctionRef<void(std::size_t layer, std::span<float> g)> bias;
  // Matrices shaped like the groups, of which `weights` reads the rows that it is given.
  std::span<const ConstMatrixView> touched{};
};

// Hands over a gradient that is whole already.
void forBlocks(const Layout& layout, Buffer<float>& gradient, const GradientSink& sink,
               unsigned threads);

// The activations of up to `rows` samples and the gradients that flow back through them. Reused
// from batch to batch; grows when a larger batch comes.
class Workspace {
 public:
  Workspace(const Layout& layout, bool keepInputs) : layout_(layout), keepInputs_(keepInputs) {}

  // H_0 = X (B,D);  Z_l = H_l W_l + b_l;  H_l+1 = f(Z_l), the last layer without f and with X Theta
  // added where there is a skip connection.
  void forward(const Network& network, ConstMatrixView x, unsigned threads,
               Precision precision = Precision::float32);
  // Needs forward first and `outputGradient()` filled, and where `withRepresentation` also
  // `representationGradient()`; they are used up. gradient += (accumulate) or = d loss / d
  // parameters; the padding of the layout is never written.
  void backward(const Network& network, ConstMatrixView x, bool withRepresentation,
                Buffer<float>& gradient, bool accumulate, unsigned threads,
                Precision precision = Precision::float32);
  // The same, but the gradient is handed over in blocks as they are made.
  void backward(const Network& network, ConstMatrixView x, bool withRepresentation,
                const GradientSink& sink, unsigned threads, Precision precision);

  ConstMatrixView outputs() const;                 // (B,C)
  ConstMatrixView representation() const;          // (B,R), after the activation
  MatrixView outputGradient();                     // (B,C)
  MatrixView representationGradient();             // (B,R)
  ConstMatrixView slope(std::size_t layer) const;  // d loss / d Z_l (B,O), after backward
  // After backward, S (B,H) or (B,H+C): by the groups of a network with inputs x, which may be
  // other columns than those of the pass, the gradient G (D,H) or (D,H+C) is X^T S.
  void groupSlopes(MatrixView s) const;
  void groupGradient(ConstMatrixView x, MatrixView g, Accumulate mode, unsigned threads,
                     Precision precision = Precision::float32) const;

 private:
  void reserve(std::size_t rows);
  template <class Body>
  void forRowParts(unsigned threads, Precision precision, Body body) const;
  void backwardSlopes(const Network& network, bool withRepresentation, unsigned threads,
                      Precision precision);
  ConstMatrixView layerInput(ConstMatrixView x, std::size_t layer) const;  // (B,I), x or H_layer

  struct LayerProduct {
    RowProduct product;
    std::size_t firstBlock, blocks, columns;
  };

  Layout layout_;
  bool keepInputs_;
  std::size_t rows_ = 0;
  std::vector<Buffer<float>> inputs_;   // Z_l, only where the activation needs it
  std::vector<Buffer<float>> hidden_;   // H_l+1
  std::vector<Buffer<float>> slopes_;   // d loss / d Z_l
  std::vector<LayerProduct> products_;  // of a backward pass by blocks
};

}  // namespace deeptype
