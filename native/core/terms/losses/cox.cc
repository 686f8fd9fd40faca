// Negative log partial likelihood of the Cox model with Efron's correction for tied times (Efron
// 1977), mean over the events; one output eta a sample, its log-risk:
//   loss = - sum_t [ sum_{i in D} w_i eta_i - v sum_{l<d} log(S - l/d T) ] / sum_events w
// over the times t with events: D the d events at t, v the mean of their weights, S = sum w
// exp(eta) over the samples at risk, those of time t or later, T = the same over D. A batch is its
// own risk sets; without events its loss is 0.
//
// Stable for every eta: risk sets grow from the latest time to the earliest, and all sums are kept
// relative to exp(peak), the largest eta at risk.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "loss.h"

namespace deeptype::losses {
namespace {

class Cox final : public Loss {
 public:
  TargetKind targets() const override { return TargetKind::survival; }
  bool coupled() const override { return true; }

  double evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) override {
    for (std::size_t i = 0; i < outputs.rows; ++i) gradient(i, 0) = 0;
    sortByTime(targets, outputs.rows);
    const Sums sums = addTimes(outputs, targets);
    if (sums.events == 0) return 0;
    differentiate(outputs, targets, 1 / sums.events, gradient);
    return sums.loss / sums.events;
  }

 private:
  struct Sums {
    double loss = 0;
    double events = 0;  // their weights
  };
  // The samples of one time, order_[begin .. end).
  struct Time {
    std::size_t begin = 0;
    std::size_t end = 0;
    double peak = -std::numeric_limits<double>::infinity();
    double hazard = 0;  // exp(peak) sum_l v / (S - l/d T)
    double spared = 0;  // exp(peak) sum_l v l/d / (S - l/d T): Efron takes it off the events'
  };

  static float time(const Targets& targets, std::size_t i) { return targets.values(i, 0); }
  static bool isEvent(const Targets& targets, std::size_t i) { return targets.values(i, 1) != 0; }

  // The samples that count, the latest first.
  void sortByTime(const Targets& targets, std::size_t rows) {
    order_.clear();
    order_.reserve(rows);
    times_.reserve(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      if (targets.weight(i) > 0) order_.push_back(static_cast<std::uint32_t>(i));
    }
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      const float s = time(targets, a), t = time(targets, b);
      return s > t || (s == t && a < b);
    });
  }

  // Fills times_, the latest first.
  Sums addTimes(ConstMatrixView outputs, const Targets& targets) {
    Sums sums;
    Time now;
    double atRisk = 0;  // S exp(-peak)
    times_.clear();
    while (now.end < order_.size()) {
      const double before = now.peak;
      now = {now.end, now.end, before, 0, 0};
      const float t = time(targets, order_[now.begin]);
      while (now.end < order_.size() && time(targets, order_[now.end]) == t) {
        now.peak = std::fmax(now.peak, outputs(order_[now.end++], 0));
      }
      if (now.peak > before) atRisk *= std::exp(before - now.peak);
      double dying = 0;  // T exp(-peak)
      double weights = 0;
      std::size_t deaths = 0;
      for (std::size_t k = now.begin; k < now.end; ++k) {
        const std::uint32_t i = order_[k];
        const double weight = targets.weight(i);
        const double eta = outputs(i, 0) - now.peak;
        const double risk = weight * std::exp(eta);
        atRisk += risk;
        if (!isEvent(targets, i)) continue;
        ++deaths;
        dying += risk;
        weights += weight;
        sums.loss -= weight * eta;
      }
      for (std::size_t l = 0; l < deaths; ++l) {
        const auto d = static_cast<double>(deaths);
        const double share = static_cast<double>(l) / d;
        const double left = atRisk - share * dying;
        sums.loss += weights / d * std::log(left);
        now.hazard += weights / d / left;
        now.spared += weights / d * share / left;
      }
      sums.events += weights;
      times_.push_back(now);
    }
    return sums;
  }

  // d loss / d eta_i = w_i [ exp(eta_i) (hazards up to i's time - [event] spared) - [event] ] scale
  void differentiate(ConstMatrixView outputs, const Targets& targets, double scale,
                     MatrixView gradient) const {
    double hazard = 0;  // summed over the times so far, times exp(peak)
    double before = times_.back().peak;
    for (std::size_t g = times_.size(); g-- > 0;) {  // the earliest first: the peak falls
      const Time& now = times_[g];
      hazard = hazard * std::exp(now.peak - before) + now.hazard;
      before = now.peak;
      for (std::size_t k = now.begin; k < now.end; ++k) {
        const std::uint32_t i = order_[k];
        const double risk = std::exp(outputs(i, 0) - now.peak);
        const bool event = isEvent(targets, i);
        const double slope = risk * (hazard - (event ? now.spared : 0)) - (event ? 1 : 0);
        gradient(i, 0) = static_cast<float>(targets.weight(i) * slope * scale);
      }
    }
  }

  std::vector<std::uint32_t> order_;
  std::vector<Time> times_;
};

}  // namespace

std::shared_ptr<Loss> cox(const LossOptions&) { return std::make_shared<Cox>(); }

}  // namespace deeptype::losses
