#pragma once
// One optimiser step on the parameters of a network: the first layer by group steps and the
// penalty's proximal operator (or its subgradient), the later layers with weight decay.
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "../../backend.h"
#include "../../first_layer/constraint.h"
#include "../../terms/optimizers/optimizer.h"
#include "../../terms/penalties/penalty.h"
#include "workspace.h"

namespace deeptype {

struct StepOptions {
  double learningRate = 1e-3;
  double alpha = 0;        // weight of the penalty in this step
  double weightDecay = 0;  // adds weightDecay * W to the gradient of the layers after the first
  bool proximal = true;    // false: the penalty's subgradient, one step size per weight throughout
  const Constraint* constraint = nullptr;  // what the first layer is projected onto at the end
  unsigned threads = 1;
};

class Stepper {
 public:
  Stepper(const Layout& layout, const Optimizer& optimizer, const OptimizerOptions& options);

  // A step is: begin; every block of weights and every bias once, in any order and from any thread
  // (see GradientSink); end. Gradients are of primary + beta distance, and are used as scratch.
  void begin(Network& network, const Penalty& penalty, const StepOptions& options);
  void weights(std::size_t layer, std::size_t block, std::size_t row, MatrixView g);
  void bias(std::size_t layer, std::span<const float> g);
  // What `weights` reads and writes of the groups beside the gradient, shaped like them.
  std::array<ConstMatrixView, 3> touched() const;
  double end();  // the sum over inputs of the penalty before the step
  // Whether the gradient of the last step had finite squares, and left finite weights.
  bool isFinite() const { return isFinite_.load(std::memory_order_relaxed); }
  // The weights have changed since the last step by other means.
  void forgetSparsity() { isSparsityKnown_ = false; }
  // Takes over another stepper's moments: input k of this layout is input source[k] of theirs, or
  // new.
  void adopt(const Layout& mine, const Stepper& from, const Layout& theirs,
             std::span<const std::size_t> source);
  static constexpr std::size_t kNew = static_cast<std::size_t>(-1);
  void reset();  // forgets the moments, as for a fresh optimiser
  std::uint64_t steps() const { return steps_; }
  void save(OptimizerState& state) const;
  void restore(const OptimizerState& state);  // one that a stepper of this layout saved

 private:
  double groups(std::size_t row, MatrixView g);
  void update(float* w, std::span<const float> g, float decay);
  void measureSparsity();
  void check(bool isSound);

  const Optimizer* optimizer_;
  OptimizerOptions options_;
  Buffer<float> first_;
  Buffer<float> second_;       // one number per weight
  Buffer<float> groupSecond_;  // one number per input
  Buffer<float> stepSizes_;    // the same, of this step
  Buffer<double> squares_;  // |w|_2^2 of each input, kept up to date where steps are not proximal
  std::uint64_t steps_ = 0;
  struct Step {
    Network& network;
    const Penalty& penalty;
    StepOptions options;
    StepContext context;
  };
  std::optional<Step> step_;      // under way
  std::vector<double> sparsity_;  // of each block of rows, after the step
  bool isSparsityKnown_ = false;  // of the weights as they are
  double sparsityBefore_ = 0;
  std::atomic<bool> isFinite_{true};
};

}  // namespace deeptype
