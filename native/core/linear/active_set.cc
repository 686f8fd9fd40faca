#include "active_set.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr std::uint64_t mostSweeps = 50;
constexpr std::uint64_t steadySweeps = 3;  // with the same signs

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

std::size_t ActiveSet::countViolators(const Weights& weights) const {
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

std::uint64_t ActiveSet::sweepUntilSettled(const Weights& weights, std::uint64_t budget,
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

std::uint64_t ActiveSet::finish(const Weights& weights, std::uint64_t budget,
                                const StopFlag* stop) {
  if (weights.l2 != shift_) clear();
  weights_ = weights;
  shift_ = weights.l2;
  isActive_.resize(w_.size(), false);
  isBarred_.assign(w_.size(), false);
  matchFactor(stop);
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

// Descent may have changed what is in use since the last call.
void ActiveSet::matchFactor(const StopFlag* stop) {
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

// With the signs kept, or as far as no coefficient changes its sign; the one that would is then 0
// and leaves. Whether nothing was in the way.
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
  isBarred_[k] = length == 0;  // came in by rounding alone
  w_[k] = 0;
  leave(blocking);
  return false;
}

// A column comes into use. Where it depends on those in use, there is a way along which X w stays
// as it is and the penalty falls, until a coefficient is 0.
void ActiveSet::enter(std::size_t k) {
  std::vector<double> cross(active_.size());
  for (;;) {
    cross.resize(active_.size());
    for (std::size_t p = 0; p < active_.size(); ++p) cross[p] = gram_.row(k)[active_[p]];
    if (factor_.append(cross.data(), gram_.square(k) + weights_.l2)) break;
    if (!leaveTie(k)) return;
  }
  active_.push_back(k);
  signs_.push_back(signOf(w_[k] != 0 ? w_[k] : g_[k]));
  isActive_[k] = true;
}

// For x_k = X_A c. Whether it was a column of A that left, so that k may come in.
bool ActiveSet::leaveTie(std::size_t k) {
  const std::vector<double> c = factor_.dependence();
  const double own = w_[k] != 0 ? signOf(w_[k]) : signOf(g_[k]);
  double slope = weights_.l1 * own - g_[k];  // of the objective, as w_k grows
  for (std::size_t p = 0; p < c.size(); ++p)
    slope -= c[p] * (weights_.l1 * signs_[p] - g_[active_[p]]);
  const double direction = slope > 0 ? -1 : 1;
  const bool falls = direction != own;  // towards 0
  double length = falls ? std::abs(w_[k]) : std::numeric_limits<double>::infinity();
  std::size_t leaving = c.size();
  for (std::size_t p = 0; p < c.size(); ++p) {
    const double w = w_[active_[p]], change = -direction * c[p];
    if (change * signs_[p] >= 0 || std::abs(w) >= length * std::abs(change)) continue;
    length = std::abs(w / change);
    leaving = p;
  }
  if (!std::isfinite(length)) {
    isBarred_[k] = true;
    return false;
  }
  move(k, direction * length);
  for (std::size_t p = 0; p < c.size(); ++p) move(active_[p], -direction * length * c[p]);
  if (leaving == c.size()) {
    w_[k] = 0;
    isBarred_[k] = true;
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

// By how much |g_k| is above l1, beyond what rounding makes of a column whose |g_k| is l1.
double ActiveSet::excess(std::size_t k) const {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double rounding = 4 * epsilon * std::sqrt(gram_.square(k)) * scale_;
  const double above = std::abs(g_[k]) - weights_.l1;
  return above > 1e-13 * weights_.l1 + rounding ? above : 0;
}

// The one that lets the objective fall most when it moves alone.
std::size_t ActiveSet::worstViolator() const {
  std::size_t worst = GramSet::none;
  double most = 0;
  for (std::size_t k = 0; k < w_.size(); ++k) {
    if (isActive_[k] || isBarred_[k]) continue;
    const double above = excess(k);
    const double fall = above * above / (gram_.square(k) + weights_.l2);
    if (above > 0 && fall > most) {
      most = fall;
      worst = k;
    }
  }
  return worst;
}

}  // namespace deeptype::linear
