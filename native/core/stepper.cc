#include "stepper.h"

namespace deeptype {

Stepper::Stepper(const Layout& layout, const Optimizer& optimizer, const OptimizerOptions& options)
    : optimizer_(&optimizer), options_(options), first_(layout.size()), second_(layout.size()) {
  reset();
}

void Stepper::reset() {
  first_.fill(0);
  second_.fill(0);
  firstLayerSecond_ = 0;
  steps_ = 0;
}

void Stepper::step(Network& network, Buffer<float>& gradient, const Penalty& penalty,
                   const StepOptions& options) {
  const Layout& layout = network.layout();
  const StepContext context{static_cast<float>(options.learningRate), ++steps_, options_};
  const MatrixView w = network.weight(0);
  const MatrixView g = layout.weight(gradient, 0);

  for (std::size_t l = 1; l < layout.layers() && options.weightDecay > 0; ++l) {
    const ConstMatrixView later = network.weight(l);
    const MatrixView slope = layout.weight(gradient, l);
    const auto decay = static_cast<float>(options.weightDecay);
    for (std::size_t i = 0; i < later.size(); ++i) slope.data[i] += decay * later.data[i];
  }

  std::size_t begin = 0;  // of what is updated weight by weight
  if (options.proximal) {
    begin = layout.biasOffset(0);
    const float stepSize = optimizer_->updateTogether({w.data, w.size()}, {g.data, g.size()},
                                                      first_.data(), &firstLayerSecond_, context);
    const float threshold = static_cast<float>(options.alpha) * stepSize;
    for (std::size_t j = 0; j < w.rows && threshold > 0; ++j) penalty.prox(w.rowSpan(j), threshold);
  } else if (options.alpha > 0) {
    for (std::size_t j = 0; j < w.rows; ++j) {
      penalty.addSubgradient(w.rowSpan(j), static_cast<float>(options.alpha), g.rowSpan(j));
    }
  }
  const std::size_t count = layout.size() - begin;
  optimizer_->update({network.parameters().data() + begin, count}, {gradient.data() + begin, count},
                     first_.data() + begin, second_.data() + begin, context);
}

}  // namespace deeptype
