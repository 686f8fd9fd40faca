#pragma once
// Forward and backward passes of a network over a batch.
#include <cstdint>
#include <vector>

#include "../../math/matrix.h"
#include "../../network/network.h"
#include "../../platform/function_ref.h"
#include "gemm/gemm.h"

namespace deeptype {

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
