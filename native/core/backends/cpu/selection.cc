#include "selection.h"

#include <algorithm>
#include <numeric>

#include "../../platform/stop.h"

namespace deeptype {

void Selection::selectAll() {
  selected_.reset();
  inputs_.clear();
  screening_.reset();
}

void Selection::select(std::span<const std::uint32_t> inputs) {
  auto selected = std::make_unique<Problem>(
      std::make_shared<Network>(all_.network->narrowed(inputs)), terms_, options_);
  std::vector<std::size_t> before(inputs.size());  // row of each input in the problem so far
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (!selected_) {
      before[k] = inputs[k];
      continue;
    }
    const auto found = std::lower_bound(inputs_.begin(), inputs_.end(), inputs[k]);
    const bool isKnown = found != inputs_.end() && *found == inputs[k];
    before[k] = isKnown ? static_cast<std::size_t>(found - inputs_.begin()) : Stepper::kNew;
  }
  selected->stepper.adopt(selected->network->layout(), current().stepper,
                          current().network->layout(), before);
  selected_ = std::move(selected);
  inputs_.assign(inputs.begin(), inputs.end());
}

void Selection::writeBack() {
  if (!selected_) return;
  const MatrixView to = all_.network->groups();
  std::fill_n(to.data, to.size(), 0.0f);
  all_.network->setInputs(inputs_, *selected_->network);
}

Problem& Selection::withTable() {
  if (!selected_ || selected_->data.x.data) return current();
  const ConstMatrixView x = all_.data.x;
  const std::size_t columns = inputs_.size();
  x_.resize(x.rows * columns);
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % 64 == 0) checkStop();
    float* const row = x_.data() + i * columns;
    for (std::size_t k = 0; k < columns; ++k) row[k] = x(i, inputs_[k]);
  }
  selected_->data = {std::as_const(x_).view(x.rows, columns), all_.data.targets};
  return *selected_;
}

Screening& Selection::screening(bool isWhole) {
  if (!screening_) {
    const MatrixView g = all_.network->layout().groups(all_.filledGradient());
    screening_.emplace(all_.data.x, g, options_.threads, isWhole);
  }
  return *screening_;
}

}  // namespace deeptype
