#include "stepper.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../../math/norms.h"
#include "../../platform/threads.h"

namespace deeptype {
namespace {

// Numbers that are updated at a time: they stay in the cache from the gradient to the prox. A
// multiple of every vector, so that the cut shows in no bit.
constexpr std::size_t kRun = 8192;
constexpr std::size_t kWorthwhile = 1 << 17;  // numbers that pay for threads

}  // namespace

Stepper::Stepper(const Layout& layout, const Optimizer& optimizer, const OptimizerOptions& options)
    : optimizer_(&optimizer),
      options_(options),
      first_(layout.size()),
      second_(layout.size()),
      groupSecond_(layout.inputs()),
      stepSizes_(layout.inputs()),
      squares_(layout.inputs()) {
  reset();
}

void Stepper::reset() {
  first_.clear();
  second_.clear();
  groupSecond_.clear();
  steps_ = 0;
}

void Stepper::adopt(const Layout& mine, const Stepper& from, const Layout& theirs,
                    std::span<const std::size_t> source) {
  const auto copy = [&](const Buffer<float>& old, Buffer<float>& now) {
    const ConstMatrixView rows = theirs.groups(old);
    for (std::size_t k = 0; k < source.size(); ++k) {
      float* const row = mine.groups(now).row(k);
      if (source[k] == kNew)
        std::fill_n(row, rows.columns, 0.0f);
      else
        std::copy_n(rows.row(source[k]), rows.columns, row);
    }
    std::copy_n(old.data() + theirs.biasOffset(0), theirs.size() - theirs.biasOffset(0),
                now.data() + mine.biasOffset(0));
  };
  copy(from.first_, first_);
  copy(from.second_, second_);
  for (std::size_t k = 0; k < source.size(); ++k) {
    groupSecond_[k] = source[k] == kNew ? 0 : from.groupSecond_[source[k]];
  }
  steps_ = from.steps_;
}

void Stepper::save(OptimizerState& state) const {
  state.firstMoments.assign(first_.begin(), first_.end());
  state.secondMoments.assign(second_.begin(), second_.end());
  state.groupMoments.assign(groupSecond_.begin(), groupSecond_.end());
  state.steps = steps_;
}

void Stepper::restore(const OptimizerState& state) {
  first_.copyFrom(state.firstMoments);
  second_.copyFrom(state.secondMoments);
  groupSecond_.copyFrom(state.groupMoments);
  steps_ = state.steps;
}

void Stepper::begin(Network& network, const Penalty& penalty, const StepOptions& options) {
  step_.emplace(
      Step{network, penalty, options, StepContext(options.learningRate, ++steps_, options_)});
  if (!isSparsityKnown_) measureSparsity();
  sparsityBefore_ = std::accumulate(sparsity_.begin(), sparsity_.end(), 0.0);
  std::fill(sparsity_.begin(), sparsity_.end(), 0.0);
  isFinite_.store(true, std::memory_order_relaxed);
}

void Stepper::check(bool isSound) {
  if (!isSound) isFinite_.store(false, std::memory_order_relaxed);
}

std::array<ConstMatrixView, 3> Stepper::touched() const {
  const ConstMatrixView w = std::as_const(step_->network).groups();
  return {w, first_.view(w.rows, w.columns),
          step_->options.proximal ? ConstMatrixView{} : second_.view(w.rows, w.columns)};
}

// sparsity_ and squares_, as `weights` would leave them.
void Stepper::measureSparsity() {
  const Penalty& penalty = step_->penalty;
  const ConstMatrixView w = std::as_const(step_->network).groups();
  const std::size_t blocks = rowBlocks(w.rows, w.columns);
  sparsity_.assign(blocks, 0.0);
  parallelFor(blocks, w.size() >= kWorthwhile ? step_->options.threads : 1, [&](std::size_t block) {
    const std::size_t end = (block + 1) * w.rows / blocks;
    for (std::size_t j = block * w.rows / blocks; j < end; j += Penalty::kMostRows) {
      const ConstMatrixView rows = w.rowRange(j, std::min(Penalty::kMostRows, end - j));
      const std::span<double> squares(&squares_[j], rows.rows);
      squaredNorms(rows, squares);
      sparsity_[block] += penalty.value(rows, squares);
    }
  });
}

void Stepper::weights(std::size_t layer, std::size_t block, std::size_t row, MatrixView g) {
  if (layer > 0) {
    const MatrixView w = step_->network.weight(layer).rowRange(row, g.rows);
    return update(w.data, {g.data, g.size()}, static_cast<float>(step_->options.weightDecay));
  }
  const std::size_t run = std::clamp<std::size_t>(kRun / 4 / g.columns, 1, Optimizer::kMostGroups);
  for (std::size_t j = 0; j < g.rows; j += run)
    sparsity_[block] += groups(row + j, g.rowRange(j, std::min(run, g.rows - j)));
}

void Stepper::bias(std::size_t layer, std::span<const float> g) {
  update(step_->network.bias(layer).data(), g, 0);
}

// Parameters in a row, from w on.
void Stepper::update(float* w, std::span<const float> g, float decay) {
  const std::size_t at = static_cast<std::size_t>(w - step_->network.parameters().data());
  double square;
  optimizer_->update({w, 1, g.size()}, {g.data(), 1, g.size()}, first_.data() + at,
                     second_.data() + at, &decay, &square, step_->context);
  check(std::isfinite(square));
}

// A few rows of the first layer; returns the sum of their penalties after the step.
double Stepper::groups(std::size_t row, MatrixView g) {
  auto& [network, penalty, options, context] = *step_;
  const MatrixView w = network.groups().rowRange(row, g.rows);
  const auto alpha = static_cast<float>(options.alpha);
  float* const first = first_.data() + row * w.columns;
  const std::span<double> squares(&squares_[row], w.rows);
  if (options.proximal) {
    float* const stepSizes = &stepSizes_[row];
    optimizer_->updateGroups(w, g, first, &groupSecond_[row], stepSizes, squares.data(), context);
    // The squares of gradients are in the second moments, infinite where they overflow.
    double sizes = 0;
    for (std::size_t j = 0; j < w.rows; ++j) sizes += squares[j] + groupSecond_[row + j];
    check(std::isfinite(sizes));
    if (alpha <= 0) return penalty.value(w, squares);
    for (std::size_t j = 0; j < w.rows; ++j) stepSizes[j] *= alpha;
    return penalty.prox(w, {stepSizes, w.rows}, squares);
  }
  float decays[Penalty::kMostRows] = {};
  if (alpha > 0) penalty.subgradient(w, squares, alpha, {decays, w.rows}, g);
  optimizer_->update(w, g, first, second_.data() + row * w.columns, decays, squares.data(),
                     context);
  check(std::isfinite(std::accumulate(squares.begin(), squares.end(), 0.0)));
  return penalty.value(w, squares);
}

double Stepper::end() {
  auto& [network, penalty, options, context] = *step_;
  if (options.constraint) project(*options.constraint, network.weight(0), options.threads);
  isSparsityKnown_ = !options.constraint;
  return sparsityBefore_;
}

}  // namespace deeptype
