#pragma once
// The multilayer perceptron as the host holds it: its parameters in one block.
#include <cstdint>
#include <vector>

#include "../math/matrix.h"
#include "../terms/activations/activation.h"
#include "layout.h"

namespace deeptype {

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

}  // namespace deeptype
