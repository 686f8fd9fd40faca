#pragma once
// The objective (training/objective.h) and its gradient over one batch or a whole table.
#include <cstdint>
#include <functional>

#include "../../backend.h"
#include "../../platform/stop.h"
#include "workspace.h"

namespace deeptype {

class ObjectivePasses {
 public:
  ObjectivePasses(const Layout& layout, const Activation& activation, const HostTerms& terms,
                  Precision stepPrecision = Precision::float32)
      : loss_(*terms.loss),
        penalty_(*terms.penalty),
        distance_(*terms.distance),
        stepPrecision_(stepPrecision),
        workspace_(layout, activation.needsInput) {}

  // primary and distance over these rows as one batch. Unless null, gradient (of the layout)
  // becomes d (primary + beta distance) / d parameters. `clusters` may be null. In the precision of
  // steps; what is computed over a table is float32 throughout.
  LossParts batch(const Network& network, const Dataset& data, const Clusters* clusters,
                  double beta, Buffer<float>* gradient, unsigned threads);

  // The parts of a step on a batch: the forward pass; the losses; and when they are sound the
  // gradient, handed to `sink` in blocks.
  void stepForward(const Network& network, const Dataset& batch, unsigned threads);
  LossParts stepLosses(const Dataset& batch, const Clusters* clusters, double beta);
  void stepGradient(const Network& network, const Dataset& batch, bool withDistance,
                    const GradientSink& sink, unsigned threads);
  // That, with the whole gradient left in `gradient`.
  void stepGradient(const Network& network, const Dataset& batch, bool withDistance,
                    Buffer<float>& gradient, unsigned threads);

  // Called with begin and count after the backward pass of those rows, which the workspace holds.
  using AfterChunk = std::function<void(std::size_t, std::size_t)>;

  // The same as batch, over a table of any size in chunks of fixed length. A coupled loss sees all
  // rows at once, for which all chunks go forward first.
  LossParts table(const Network& network, const Dataset& data, const Clusters* clusters,
                  double beta, Buffer<float>* gradient, unsigned threads,
                  const AfterChunk& afterChunk = {});

  // sum over inputs of the penalty of their outgoing weights
  double sparsity(const Network& network, unsigned threads) const;

  Workspace& workspace() { return workspace_; }

 private:
  double distance(const Clusters* clusters, std::size_t begin, double weight);
  LossParts evaluateAtOnce(const Network& network, const Dataset& data, const Clusters* clusters,
                           unsigned threads);

  Loss& loss_;
  const Penalty& penalty_;
  const Distance& distance_;
  Precision stepPrecision_;
  Workspace workspace_;
  Buffer<float> outputs_;         // O (N,C) of a table with a coupled loss
  Buffer<float> outputGradient_;  // d loss / d O (N,C)
};

// Rows of a table that go through the network at a time.
constexpr std::size_t kChunkRows = 512;

// Runs body(begin, count) over 0 .. rows-1 in chunks, with a look at the stop flag before each.
template <class Body>
void forChunks(std::size_t rows, Body body) {
  for (std::size_t begin = 0; begin < rows; begin += kChunkRows) {
    checkStop();
    body(begin, rows - begin < kChunkRows ? rows - begin : kChunkRows);
  }
}

}  // namespace deeptype
