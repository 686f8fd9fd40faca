#include "stepper.h"

#include <algorithm>

#include "threads.h"

namespace deeptype {
namespace {

// Numbers that are updated at a time: they stay in the cache from the gradient to the prox. A
// multiple of every vector, so that the cut shows in no bit.
constexpr std::size_t kRun = 8192;
constexpr std::size_t kWorthwhile = 1 << 17;  // numbers that pay for threads

// body(begin, count) over 0 .. size-1 in runs of `run`, of `width` numbers each.
template <class Body>
void forRuns(std::size_t size, std::size_t run, std::size_t width, unsigned threads, Body body) {
  parallelFor((size + run - 1) / run, size * width >= kWorthwhile ? threads : 1,
              [&](std::size_t i) { body(i * run, std::min(run, size - i * run)); });
}

}  // namespace

Stepper::Stepper(const Layout& layout, const Optimizer& optimizer, const OptimizerOptions& options)
    : optimizer_(&optimizer),
      options_(options),
      first_(layout.size()),
      second_(layout.size()),
      groupSecond_(layout.inputs()),
      stepSizes_(layout.inputs()) {
  reset();
}

void Stepper::reset() {
  first_.fill(0);
  second_.fill(0);
  groupSecond_.fill(0);
  steps_ = 0;
}

void Stepper::adopt(const Layout& mine, const Stepper& from, const Layout& theirs,
                    std::span<const std::size_t> source) {
  const auto copy = [&](const Buffer<float>& old, Buffer<float>& now) {
    const ConstMatrixView rows = theirs.weight(old, 0);
    for (std::size_t k = 0; k < source.size(); ++k) {
      float* const row = mine.weight(now, 0).row(k);
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

void Stepper::step(Network& network, Buffer<float>& gradient, const Penalty& penalty,
                   const StepOptions& options) {
  const Layout& layout = network.layout();
  const StepContext context(options.learningRate, ++steps_, options_);
  const auto alpha = static_cast<float>(options.alpha);
  const auto update = [&](std::span<float> w, std::size_t offset, float decay) {
    forRuns(w.size(), kRun, 1, options.threads, [&](std::size_t begin, std::size_t count) {
      const std::size_t at = offset + begin;
      optimizer_->update(w.subspan(begin, count), {gradient.data() + at, count}, first_.data() + at,
                         second_.data() + at, decay, context);
    });
  };

  const MatrixView w = network.weight(0);
  const MatrixView g = layout.weight(gradient, 0);
  if (options.proximal) {
    const std::size_t run = std::max<std::size_t>(1, kRun / w.columns);
    forRuns(w.rows, run, w.columns, options.threads, [&](std::size_t j, std::size_t count) {
      optimizer_->updateGroups(w.rowRange(j, count), g.rowRange(j, count),
                               first_.data() + j * w.columns, &groupSecond_[j], &stepSizes_[j],
                               context);
      for (std::size_t i = j; i < j + count && alpha > 0; ++i)
        penalty.prox(w.rowSpan(i), alpha * stepSizes_[i]);
    });
  } else {
    for (std::size_t j = 0; j < w.rows && alpha > 0; ++j) {
      penalty.addSubgradient(w.rowSpan(j), alpha, g.rowSpan(j));
    }
    update({w.data, w.size()}, 0, 0);
  }
  update(network.bias(0), layout.biasOffset(0), 0);
  const auto decay = static_cast<float>(options.weightDecay);
  for (std::size_t l = 1; l < layout.layers(); ++l) {
    const MatrixView later = network.weight(l);
    update({later.data, later.size()}, layout.weightOffset(l), decay);
    update(network.bias(l), layout.biasOffset(l), 0);
  }
}

}  // namespace deeptype
