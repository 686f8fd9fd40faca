#pragma once
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

#include "../../platform/host_device.h"
#include "loss.h"

namespace deeptype::losses {

class Cox final : public Loss {
 public:
  static constexpr const char* name = "cox";
  static std::shared_ptr<Loss> make(const LossOptions&) { return std::make_shared<Cox>(); }

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
    double tied = 0;    // exp(peak) sum_l v l/d / (S - l/d T): Efron takes it off the events'
  };
  // The events of one time.
  struct Events {
    std::size_t count = 0;
    double weights = 0;
    double risk = 0;  // T exp(-peak)
  };

  // Adds v log(S - l/d T) over l < d to the loss, and what the slopes need of it to the time.
  DEEPTYPE_HOST_DEVICE_INLINE static void addTies(const Events& events, double atRisk, Time& now,
                                                  double& loss) {
    const auto d = static_cast<double>(events.count);
    for (std::size_t l = 0; l < events.count; ++l) {
      const double share = static_cast<double>(l) / d;
      const double left = atRisk - share * events.risk;
      loss += events.weights / d * std::log(left);
      now.hazard += events.weights / d / left;
      now.tied += events.weights / d * share / left;
    }
  }

  // d loss / d eta = exp(eta) (hazards up to the sample's time - [event] tied) - [event], where
  // risk is exp(eta - peak) and hazard is relative to the same peak.
  DEEPTYPE_HOST_DEVICE_INLINE static double slope(double risk, double hazard, double tied,
                                                  bool event) {
    return risk * (hazard - (event ? tied : 0)) - (event ? 1 : 0);
  }

 private:
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
      Events events;
      for (std::size_t k = now.begin; k < now.end; ++k) {
        const std::uint32_t i = order_[k];
        const double weight = targets.weight(i);
        const double eta = outputs(i, 0) - now.peak;
        const double risk = weight * std::exp(eta);
        atRisk += risk;
        if (!isEvent(targets, i)) continue;
        ++events.count;
        events.risk += risk;
        events.weights += weight;
        sums.loss -= weight * eta;
      }
      addTies(events, atRisk, now, sums.loss);
      sums.events += events.weights;
      times_.push_back(now);
    }
    return sums;
  }

  // gradient_i = w_i scale d loss / d eta_i
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
        const double derivative = slope(risk, hazard, now.tied, event);
        gradient(i, 0) = static_cast<float>(targets.weight(i) * derivative * scale);
      }
    }
  }

  std::vector<std::uint32_t> order_;
  std::vector<Time> times_;
};

}  // namespace deeptype::losses
