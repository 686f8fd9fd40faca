#include "elastic_net.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "../platform/threads.h"
#include "active_set.h"
#include "coordinate_descent.h"
#include "dual_newton.h"
#include "refined_gap.h"
#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t leastGrowth = 64;    // columns that may join the working set at once
constexpr std::size_t mostWorking = 4096;  // columns, whose Gram matrix is 128 MiB
constexpr std::size_t task = 32;           // columns
constexpr std::size_t mostSingleEntries =
    16;  // columns, one by one; where more are due, sweeps first
constexpr std::uint64_t stepsPerColumn = 20;  // of the working set, before X'r is recomputed
constexpr int maxStalls = 4;                  // rounds in one working set that do not halve the gap

using Set = std::vector<std::size_t>;

// The power of two by which the target is divided, so that its squares stay within float64. The
// problem scales with it exactly.
double unitOf(const Target& y) {
  double largest = 0;
  for (const double v : y.values) largest = std::max(largest, std::abs(v));
  return largest > 0 ? std::ldexp(1.0, std::ilogb(largest)) : 1;
}

// Minimises |y - X w|^2 / 2 + l1 |w|_1 + l2 / 2 |w|^2 for a sequence of (l1, l2), warm-started.
class Solver {
 public:
  // `fits`: length of the sequence.
  Solver(const Design& x, const Target& y, const ElasticNetOptions& options, std::size_t fits,
         const StopFlag* stop)
      : x_(x),
        options_(options),
        stop_(stop),
        unit_(unitOf(y)),
        y_(y.values),
        w_(x.columns(), 0.0),
        correlations_(x.columns(), 0.0),
        gram_(x) {
    for (double& v : y_) v /= unit_;
    squaredTarget_ = dot(y_.data(), y_.data(), y_.size());
    activeSet_.emplace(gram_, std::sqrt(squaredTarget_));
    for (std::size_t j = 0; j < x.columns(); ++j)
      if (x.squaredNorms[j] > 0) columns_.push_back(j);
    refreshFromRows();
    targetCorrelations_ = correlations_;
    // X'X pays where it costs no more than a few passes over the rows for each fit.
    isGramCheap_ = columns_.size() <= std::min({x.rows, mostWorking, 8 * fits});
    if (isGramCheap_) gram_.add(columns_, options.threads, stop);
  }

  ElasticNetFit solve(const PenaltyWeights& weights) {
    weights_ = {weights.l1 / unit_, weights.l2};
    ElasticNetFit fit;
    double best = infinity;
    bool hasGrown = true;
    for (int stalls = 0;;) {
      certify(fit, stalls > 0);
      stalls = hasGrown || fit.gap <= best / 2 ? 0 : stalls + 1;
      best = std::min(best, fit.gap);
      if (fit.converged || isOver(fit) || stalls > maxStalls) break;
      const std::size_t before = gram_.size();
      improve(fit, stalls > 1);
      hasGrown = gram_.size() > before;
      if (stalls > 0 || !refreshFromGram()) refreshFromRows();
    }
    previousL1_ = weights_.l1;
    fit.gap *= unit_ * unit_;
    for (const double w : w_) fit.coefficients.push_back(w * unit_ + 0.0);  // -0 + 0 is 0
    return fit;
  }

 private:
  bool isStopped() const { return stop_ && stop_->isSet(); }
  bool isOver(const ElasticNetFit& fit) const {
    return fit.iterations >= options_.maxIterations || isStopped();
  }
  std::uint64_t iterationsLeft(const ElasticNetFit& fit) const {
    return options_.maxIterations - std::min(options_.maxIterations, fit.iterations);
  }
  double gapTolerance() const { return options_.tolerance * squaredTarget_; }
  std::size_t countInUse() const {
    return w_.size() - static_cast<std::size_t>(std::count(w_.begin(), w_.end(), 0.0));
  }

  void certify(ElasticNetFit& fit, bool isStalled) const {
    fit.gap = dualityGap(w_, correlations_, squaredResidual_, weights_);
    if (fit.gap > gapTolerance() && isStalled && weights_.l1 > 0)
      fit.gap = std::min(fit.gap, refinedGap(x_, y_, w_, weights_, *activeSet_));
    fit.converged = fit.gap <= gapTolerance();
  }

  // One round: minimises over a working set.
  void improve(ElasticNetFit& fit, bool isStalled) {
    if (isDense()) {
      const DualNewton newton{x_, y_, weights_, options_.threads, stop_};
      fit.iterations += newton.solve(w_, iterationsLeft(fit));
      return;
    }
    if (countInUse() > mostWorking / 2) {
      const CoordinateDescent descent{x_, y_, weights_, stop_};
      fit.iterations += descent.run(candidates(weights_.l1), w_, iterationsLeft(fit));
      return;
    }
    growWorkingSet();
    if (isStopped()) return;
    loadActiveSet();
    if (isStalled || activeSet_->countViolators(weights_) > mostSingleEntries)
      fit.iterations += activeSet_->sweepUntilSignsSettle(weights_, iterationsLeft(fit), stop_);
    const std::uint64_t most = stepsPerColumn * (gram_.size() + leastGrowth);
    fit.iterations += activeSet_->finish(weights_, std::min(iterationsLeft(fit), most), stop_);
    storeActiveSet();
  }

  // More active columns than rows occur only with l2 > 0.
  bool isDense() const {
    if (!(weights_.l2 > 0) || x_.rows > mostWorking) return false;
    return countInUse() > x_.rows || (weights_.l1 == 0 && columns_.size() > x_.rows);
  }

  // Recomputes r = y - X w and X'r, without the rounding errors that updates accumulate.
  void refreshFromRows() {
    residual_ = y_;
    for (const std::size_t j : columns_)
      if (w_[j] != 0) addScaled(-w_[j], x_.column(j), residual_.data(), x_.rows);
    squaredResidual_ = dot(residual_.data(), residual_.data(), x_.rows);
    const bool large = columns_.size() * x_.rows > 100000;
    const std::size_t tasks = (columns_.size() + task - 1) / task;
    parallelFor(tasks, large ? options_.threads : 1, [&](std::size_t t) {
      const std::size_t end = std::min(columns_.size(), (t + 1) * task);
      for (std::size_t k = t * task; k < end; ++k)
        correlations_[columns_[k]] = dot(x_.column(columns_[k]), residual_.data(), x_.rows);
    });
  }

  // The same as X'y - X'X w, where the Gram matrix is complete and the rounding error of the gap,
  // about epsilon (sum_j |w_j| |x_j|)^2, is small enough.
  bool refreshFromGram() {
    if (!isGramCheap_) return false;
    double size = 0;
    for (const std::size_t j : columns_) size += std::abs(w_[j]) * std::sqrt(x_.squaredNorms[j]);
    if (!(8 * std::numeric_limits<double>::epsilon() * size * size <= gapTolerance() / 8))
      return false;
    const Set& set = gram_.columns();
    std::vector<double> products(set.size(), 0.0);  // X'X w
    for (std::size_t k = 0; k < set.size(); ++k)
      if (w_[set[k]] != 0) addScaled(w_[set[k]], gram_.row(k), products.data(), set.size());
    squaredResidual_ = squaredTarget_;
    for (std::size_t k = 0; k < set.size(); ++k) {
      const std::size_t j = set[k];
      correlations_[j] = targetCorrelations_[j] - products[k];
      squaredResidual_ -= w_[j] * (targetCorrelations_[j] + correlations_[j]);
    }
    squaredResidual_ = std::max(squaredResidual_, 0.0);
    return true;
  }

  // The active columns and those with |x_j'r| above `least`.
  Set candidates(double least) const {
    Set set;
    for (const std::size_t j : columns_)
      if (w_[j] != 0 || std::abs(correlations_[j]) > least) set.push_back(j);
    return set;
  }

  // Columns that enter the working set: those that violate |x_j'r| <= l1 or are kept by the strong
  // rule (Tibshirani et al. 2012); of many, the active ones and those with the largest |x_j'r|.
  Set entering() const {
    Set set = candidates(std::min(weights_.l1, std::max(2 * weights_.l1 - previousL1_, 0.0)));
    std::erase_if(set, [&](std::size_t j) { return gram_.contains(j); });
    const std::size_t room = std::max(leastGrowth, 2 * countInUse());
    if (set.size() <= room) return set;
    const auto rank = [&](std::size_t j) {
      return w_[j] != 0 ? infinity : std::abs(correlations_[j]);
    };
    const auto end = set.begin() + static_cast<std::ptrdiff_t>(room);
    std::nth_element(set.begin(), end, set.end(), [&](std::size_t a, std::size_t b) {
      return rank(a) != rank(b) ? rank(a) > rank(b) : a < b;
    });
    set.erase(end, set.end());
    std::sort(set.begin(), set.end());
    return set;
  }

  void growWorkingSet() {
    Set set = entering();
    if (gram_.size() + set.size() > mostWorking) {
      gram_.clear();
      activeSet_->clear();
      set = entering();
    }
    gram_.add(set, options_.threads, stop_);
  }

  void loadActiveSet() {
    const Set& set = gram_.columns();
    activeSet_->w().resize(set.size());
    activeSet_->g().resize(set.size());
    for (std::size_t k = 0; k < set.size(); ++k) {
      activeSet_->w()[k] = w_[set[k]];
      activeSet_->g()[k] = correlations_[set[k]] - weights_.l2 * w_[set[k]];
    }
  }

  void storeActiveSet() {
    const Set& set = gram_.columns();
    for (std::size_t k = 0; k < set.size(); ++k) w_[set[k]] = activeSet_->w()[k];
  }

  const Design& x_;
  const ElasticNetOptions& options_;
  const StopFlag* stop_;
  double unit_;
  std::vector<double> y_;  // divided by unit_
  double squaredTarget_ = 0, squaredResidual_ = 0;
  double previousL1_ = infinity;  // l1 of the previous fit
  PenaltyWeights weights_;
  Set columns_;  // columns with a nonzero value
  std::vector<double> w_, correlations_, residual_, targetCorrelations_;
  GramSet gram_;
  bool isGramCheap_ = false;
  std::optional<ActiveSet> activeSet_;
};

}  // namespace

std::vector<ElasticNetFit> elasticNetPath(const Design& x, const Target& y, const Alphas& alphas,
                                          const ElasticNetOptions& options, const StopFlag* stop) {
  const double n = static_cast<double>(x.rows);
  const double unit = alphas.areShares ? alphaMax(x, y) / options.l1Ratio : 1;
  std::vector<ElasticNetFit> path;
  if (unit == 0) return path;
  Solver solver(x, y, options, alphas.values.size(), stop);
  for (const double value : alphas.values) {
    const double alpha = unit * value, weight = n * alpha;
    path.push_back(solver.solve({weight * options.l1Ratio, weight * (1 - options.l1Ratio)}));
    path.back().alpha = alpha;
    path.back().gap /= n;
    if (stop && stop->isSet()) break;
  }
  return path;
}

double alphaMax(const Design& x, const Target& y) {
  double largest = 0;
  for (std::size_t j = 0; j < x.columns(); ++j)
    largest = std::max(largest, std::abs(dot(x.column(j), y.values.data(), x.rows)));
  return largest / static_cast<double>(x.rows);
}

}  // namespace deeptype::linear
