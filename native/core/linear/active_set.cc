#include "active_set.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr std::uint64_t mostSweeps = 50;
constexpr std::uint64_t steadySweeps = 3;  // sweeps without a change of sign before the exact steps

int signOf(double v) { return (v > 0) - (v < 0); }

}  // namespace

void ActiveSet::clear() {
  factor_.clear();
  active_.clear();
  signs_.clear();
  isActive_.clear();
}

std::vector<std::size_t> ActiveSet::columnsInUse() const {
  std::vector<std::size_t> columns;
  for (const std::size_t k : active_) columns.push_back(gram_.columns()[k]);
  return columns;
}

std::size_t ActiveSet::countViolators(const PenaltyWeights& weights) const {
  std::size_t count = 0;
  for (std::size_t k = 0; k < w_.size(); ++k) count += w_[k] == 0 && std::abs(g_[k]) > weights.l1;
  return count;
}

// w_k += change, and g with it.
void ActiveSet::move(std::size_t k, double change) {
  w_[k] += change;
  addScaled(-change, gram_.row(k), g_.data(), g_.size());
  g_[k] -= weights_.l2 * change;
}

// w_k = S(g_k + (G_kk + l2) w_k, l1) / (G_kk + l2) for each column; whether a sign has changed.
bool ActiveSet::sweep() {
  bool changed = false;
  for (std::size_t k = 0; k < w_.size(); ++k) {
    const double before = w_[k], curvature = gram_.square(k) + weights_.l2;
    const double after = softThreshold(g_[k] + curvature * before, weights_.l1) / curvature;
    if (after == before) continue;
    move(k, after - before);
    w_[k] = after;
    changed = changed || signOf(after) != signOf(before);
  }
  return changed;
}

std::uint64_t ActiveSet::sweepUntilSignsSettle(const PenaltyWeights& weights, std::uint64_t budget,
                                               const StopFlag* stop) {
  weights_ = weights;
  std::uint64_t sweeps = 0, steady = 0;
  while (sweeps < std::min(budget, mostSweeps) && steady < steadySweeps &&
         !(stop && stop->isSet())) {
    steady = sweep() ? 0 : steady + 1;
    ++sweeps;
  }
  return sweeps;
}

std::uint64_t ActiveSet::finish(const PenaltyWeights& weights, std::uint64_t budget,
                                const StopFlag* stop) {
  if (weights.l2 != factorL2_) clear();
  weights_ = weights;
  factorL2_ = weights.l2;
  isActive_.resize(w_.size(), false);
  isExcluded_.assign(w_.size(), false);
  synchronizeFactor(stop);
  std::uint64_t steps = 0;
  while (steps < budget && !(stop && stop->isSet())) {
    ++steps;
    if (!stepToMinimum()) continue;
    const std::size_t k = worstViolator();
    if (k == GramSet::none) break;
    enter(k);
  }
  return steps;
}

// Adapts the factor to the coefficients that coordinate descent has changed since the last call.
void ActiveSet::synchronizeFactor(const StopFlag* stop) {
  for (std::size_t p = active_.size(); p-- > 0;) {
    if (w_[active_[p]] == 0) {
      leave(p);
    } else {
      signs_[p] = signOf(w_[active_[p]]);
    }
  }
  for (std::size_t k = 0; k < w_.size() && !(stop && stop->isSet()); ++k)
    if (w_[k] != 0 && !isActive_[k]) enter(k);
}

// Moves to the minimum with the signs fixed, or to the first point where a coefficient reaches 0,
// which then leaves the active set. Returns whether the minimum was reached.
bool ActiveSet::stepToMinimum() {
  const std::size_t size = active_.size();
  std::vector<double> step(size);
  for (std::size_t p = 0; p < size; ++p) step[p] = g_[active_[p]] - weights_.l1 * signs_[p];
  factor_.solve(step.data());
  double length = 1;
  std::size_t blocking = size;
  for (std::size_t p = 0; p < size && weights_.l1 > 0; ++p) {
    const double w = w_[active_[p]];
    if (step[p] * signs_[p] >= 0 || std::abs(w) >= length * std::abs(step[p])) continue;
    length = std::abs(w / step[p]);
    blocking = p;
  }
  for (std::size_t p = 0; p < size; ++p) move(active_[p], length * step[p]);
  if (blocking == size) return true;
  const std::size_t k = active_[blocking];
  isExcluded_[k] = length == 0;  // entered by rounding error
  w_[k] = 0;
  leave(blocking);
  return false;
}

// Adds a column. Where it depends linearly on the active columns, w first moves along the direction
// that keeps X w and lowers the penalty, until a coefficient reaches 0.
void ActiveSet::enter(std::size_t k) {
  std::vector<double> cross(active_.size());
  for (;;) {
    cross.resize(active_.size());
    for (std::size_t p = 0; p < active_.size(); ++p) cross[p] = gram_.row(k)[active_[p]];
    if (factor_.append(cross.data(), gram_.square(k) + weights_.l2)) break;
    if (!resolveDependence(k)) return;
  }
  active_.push_back(k);
  signs_.push_back(signOf(w_[k] != 0 ? w_[k] : g_[k]));
  isActive_[k] = true;
}

// For x_k = X_A c. Returns whether a column of A left, so that k may enter.
bool ActiveSet::resolveDependence(std::size_t k) {
  const std::vector<double> c = factor_.dependence();
  const double sign = w_[k] != 0 ? signOf(w_[k]) : signOf(g_[k]);
  double derivative = weights_.l1 * sign - g_[k];  // of the objective in w_k along that direction
  for (std::size_t p = 0; p < c.size(); ++p)
    derivative -= c[p] * (weights_.l1 * signs_[p] - g_[active_[p]]);
  const double direction = derivative > 0 ? -1 : 1;
  const bool shrinks = direction != sign;  // towards 0
  double length = shrinks ? std::abs(w_[k]) : std::numeric_limits<double>::infinity();
  std::size_t leaving = c.size();
  for (std::size_t p = 0; p < c.size(); ++p) {
    const double w = w_[active_[p]], change = -direction * c[p];
    if (change * signs_[p] >= 0 || std::abs(w) >= length * std::abs(change)) continue;
    length = std::abs(w / change);
    leaving = p;
  }
  if (!std::isfinite(length)) {
    isExcluded_[k] = true;
    return false;
  }
  move(k, direction * length);
  for (std::size_t p = 0; p < c.size(); ++p) move(active_[p], -direction * length * c[p]);
  if (leaving == c.size()) {
    w_[k] = 0;
    isExcluded_[k] = true;
    return false;
  }
  w_[active_[leaving]] = 0;
  leave(leaving);
  return true;
}

void ActiveSet::leave(std::size_t position) {
  isActive_[active_[position]] = false;
  factor_.remove(position);
  active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(position));
  signs_.erase(signs_.begin() + static_cast<std::ptrdiff_t>(position));
}

// max(|g_k| - l1, 0), 0 where it is within rounding error.
double ActiveSet::excess(std::size_t k) const {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double rounding = 4 * epsilon * std::sqrt(gram_.square(k)) * scale_;
  const double violation = std::abs(g_[k]) - weights_.l1;
  return violation > 1e-13 * weights_.l1 + rounding ? violation : 0;
}

// The column with the largest decrease of the objective when it moves alone.
std::size_t ActiveSet::worstViolator() const {
  std::size_t worst = GramSet::none;
  double largest = 0;
  for (std::size_t k = 0; k < w_.size(); ++k) {
    if (isActive_[k] || isExcluded_[k]) continue;
    const double violation = excess(k);
    const double decrease = violation * violation / (gram_.square(k) + weights_.l2);
    if (violation > 0 && decrease > largest) {
      largest = decrease;
      worst = k;
    }
  }
  return worst;
}

}  // namespace deeptype::linear
