#include "active_set.h"

#include <algorithm>
#include <iterator>

namespace deeptype {
namespace {

constexpr double kWorthwhile = 0.9;   // gather when at most this share of the inputs is left
constexpr double kViolation = 1.005;  // share of alpha beyond which a condition counts as violated

}  // namespace

void ActiveSet::reset() {
  backend_.writeParameters();
  inputs_.clear();
  violators_.clear();
}

void ActiveSet::restrict(std::vector<std::uint32_t> inputs) {
  reset();
  if (!inputs.empty()) select(std::move(inputs));
}

void ActiveSet::select(std::vector<std::uint32_t> inputs) {
  backend_.selectInputs(inputs);
  inputs_ = std::move(inputs);
}

void ActiveSet::drop() {
  const std::size_t trained = inputs_.empty() ? all_ : inputs_.size();
  std::vector<std::uint32_t> live = backend_.liveInputs();
  if (live.empty()) live.push_back(inputs_.empty() ? 0 : inputs_[0]);  // a layer has an input
  if (static_cast<double>(live.size()) > kWorthwhile * static_cast<double>(trained)) return;
  select(std::move(live));
}

std::size_t ActiveSet::findViolators(bool joint, double alpha, double beta) {
  violators_ = backend_.violators(joint, kViolation * alpha, beta);
  return violators_.size();
}

std::size_t ActiveSet::reactivate() {
  const std::size_t count = violators_.size();
  if (count == 0) return 0;
  std::vector<std::uint32_t> inputs;
  std::merge(inputs_.begin(), inputs_.end(), violators_.begin(), violators_.end(),
             std::back_inserter(inputs));
  violators_.clear();
  select(std::move(inputs));
  return count;
}

}  // namespace deeptype
