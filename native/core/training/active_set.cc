#include "active_set.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "stationarity.h"

namespace deeptype {
namespace {

constexpr double kWorthwhile = 0.9;   // gather when at most this share of the inputs is left
constexpr double kViolation = 1.005;  // share of alpha beyond which a condition counts as violated

}  // namespace

void ActiveSet::reset() {
  live_.reset();
  inputs_.clear();
  violators_.clear();
  screening_.reset();
}

void ActiveSet::restrict(std::vector<std::uint32_t> inputs) {
  reset();
  if (!inputs.empty()) select(std::move(inputs));
}

void ActiveSet::drop() {
  const Network& network = *current().network;
  const std::size_t inputs = network.layout().inputs();
  std::vector<std::uint32_t> left;
  for (std::size_t k = 0; k < inputs; ++k) {
    if (network.isSelected(k)) left.push_back(live_ ? inputs_[k] : static_cast<std::uint32_t>(k));
  }
  if (left.empty()) left.push_back(live_ ? inputs_[0] : 0);  // a layer has at least one input
  if (static_cast<double>(left.size()) > kWorthwhile * static_cast<double>(inputs)) return;
  writeBack();
  select(std::move(left));
}

void ActiveSet::writeBack() {
  if (!live_) return;
  const MatrixView to = all_.network->groups();
  std::fill_n(to.data, to.size(), 0.0f);
  all_.network->setInputs(inputs_, *live_->network);
}

// The network of all inputs must be up to date.
void ActiveSet::select(std::vector<std::uint32_t> inputs) {
  auto network = std::make_shared<Network>(all_.network->narrowed(inputs));
  const Layout& layout = network->layout();
  auto live = std::make_unique<Problem>(std::move(network), options_);
  std::vector<std::size_t> before(inputs.size());  // row of each input in the problem so far
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (!live_) {
      before[k] = inputs[k];
      continue;
    }
    const auto found = std::lower_bound(inputs_.begin(), inputs_.end(), inputs[k]);
    const bool isKnown = found != inputs_.end() && *found == inputs[k];
    before[k] = isKnown ? static_cast<std::size_t>(found - inputs_.begin()) : Stepper::kNew;
  }
  live->stepper.adopt(layout, current().stepper, current().network->layout(), before);

  live_ = std::move(live);
  inputs_ = std::move(inputs);
}

Problem& ActiveSet::withTable() {
  if (!live_) return all_;
  if (live_->data.x.data) return *live_;
  const ConstMatrixView x = all_.data.x;
  const std::size_t columns = inputs_.size();
  x_.resize(x.rows * columns);
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % 64 == 0) checkStop();
    float* const row = x_.data() + i * columns;
    for (std::size_t k = 0; k < columns; ++k) row[k] = x(i, inputs_[k]);
  }
  live_->data = {std::as_const(x_).view(x.rows, columns), all_.data.targets};
  return *live_;
}

// The inputs whose gradient may have a dual norm above alpha, ascending.
std::vector<std::uint32_t> ActiveSet::inputsBeyond(const Centers* centers, double alpha,
                                                   double beta) {
  const MatrixView g = all_.network->layout().groups(all_.gradient);
  Problem& problem = withTable();
  if (!screening_) screening_.emplace(all_.data.x, g, options_.threads);
  const auto add = [&](std::size_t begin, std::size_t count) {
    screening_->add(begin, count, problem.objective.workspace());
  };
  problem.objective.table(*problem.network, problem.data, centers, beta, &problem.gradient,
                          options_.threads, add);
  return screening_->beyond(alpha / options_.penalty->largestDualNorm(g.columns));
}

ActiveSet::InputGradient ActiveSet::inputGradient(const Centers* centers, double alpha,
                                                  double beta) {
  std::vector<std::uint32_t> inputs;
  if (live_) {
    const auto beyond = inputsBeyond(centers, alpha, beta);
    std::set_union(inputs_.begin(), inputs_.end(), beyond.begin(), beyond.end(),
                   std::back_inserter(inputs));
    const ConstMatrixView g = screening_->rows(inputs);
    return {std::move(inputs), g};
  }
  all_.objective.table(*all_.network, all_.data, centers, beta, &all_.gradient, options_.threads);
  const MatrixView g = all_.network->layout().groups(all_.gradient);
  inputs.resize(g.rows);
  std::iota(inputs.begin(), inputs.end(), 0u);
  return {std::move(inputs), g};
}

std::size_t ActiveSet::violators(const Centers* centers, double alpha, double beta) {
  violators_.clear();
  if (!live_) return 0;
  const double most = kViolation * alpha;
  const std::vector<std::uint32_t> inputs = inputsBeyond(centers, most, beta);
  const ConstMatrixView g = screening_->rows(inputs);
  const std::vector<double> norms = dualNorms(g, *options_.penalty, options_.threads);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const bool isOut = !std::binary_search(inputs_.begin(), inputs_.end(), inputs[k]);
    if (isOut && norms[k] > most) violators_.push_back(inputs[k]);
  }
  return violators_.size();
}

std::size_t ActiveSet::readmit() {
  const std::size_t count = violators_.size();
  if (count == 0) return 0;
  std::vector<std::uint32_t> inputs;
  std::merge(inputs_.begin(), inputs_.end(), violators_.begin(), violators_.end(),
             std::back_inserter(inputs));
  violators_.clear();
  writeBack();
  select(std::move(inputs));
  return count;
}

}  // namespace deeptype
