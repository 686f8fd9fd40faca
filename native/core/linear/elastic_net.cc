#include "elastic_net.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../threads.h"
#include "cholesky.h"
#include "vectors.h"

namespace deeptype::linear {
namespace {

constexpr std::uint64_t sweepsBetweenGaps = 10;
constexpr std::uint64_t sweepsBeforeJump = 30;  // at least; as many as there are columns in use
constexpr std::size_t mostJumping = 4096;       // columns, whose Gram matrix is 128 MiB
constexpr std::size_t leastGrowth = 64;         // columns that may join the working set at once
constexpr std::size_t task = 32;                // columns

using Set = std::vector<std::size_t>;

double softThreshold(double z, double t) {
  return std::copysign(std::max(std::abs(z) - t, 0.0), z);
}

// Minimises |y - X w|^2 / 2 + l1 |w|_1 + l2 / 2 |w|^2.
class Descent {
 public:
  Descent(const Design& x, const Target& y, const ElasticNetOptions& options, const StopFlag* stop)
      : x_(x), y_(y), options_(options), stop_(stop), w_(x.columns(), 0.0), g_(x.columns(), 0.0) {
    for (std::size_t j = 0; j < x.columns(); ++j)
      if (x.squaredNorms[j] > 0) columns_.push_back(j);
    residual_ = y.values;
  }

  ElasticNetFit solve(double l1, double l2) {
    l1_ = l1;
    l2_ = l2;
    const double enough = options_.tolerance * y_.squaredNorm;
    ElasticNetFit fit;
    Set working;
    for (bool settled = false;;) {
      refreshResidual();
      refreshGradient(columns_);
      fit.gap = gap(columns_);
      fit.converged = fit.gap <= enough;
      if (fit.converged || isOver(fit)) break;
      Set next = workingSet();
      fit.converged = settled && next == working;  // as near as rounding lets it come
      if (fit.converged) break;
      working = std::move(next);
      // Near enough for the columns left out to show; to the end when they are all in.
      const double near = std::max(0.3 * enough, 0.1 * fit.gap);
      std::uint64_t jumped = fit.iterations;
      for (settled = false; !settled && !isOver(fit);) {
        for (std::uint64_t s = 0; s < sweepsBetweenGaps && !settled && !isOver(fit); ++s) {
          settled = !sweep(working);
          ++fit.iterations;
        }
        refreshGradient(working);
        if (gap(working) <= near) break;
        const Set used = inUse(working);
        if (fit.iterations - jumped < std::max(sweepsBeforeJump, std::uint64_t{used.size()}))
          continue;
        while (jump(inUse(working))) {
        }
        jumped = fit.iterations;
        settled = false;
      }
    }
    fit.coefficients = w_;
    return fit;
  }

 private:
  bool isOver(const ElasticNetFit& fit) const {
    return fit.iterations >= options_.maxIterations || (stop_ && stop_->isSet());
  }

  // r = y - X w, without the rounding that updates have piled up
  void refreshResidual() {
    residual_ = y_.values;
    for (const std::size_t j : columns_)
      if (w_[j] != 0) addScaled(-w_[j], x_.column(j), residual_.data(), x_.rows);
  }

  // g_j = x_j'r - l2 w_j
  void refreshGradient(const Set& set) {
    const bool large = set.size() * x_.rows > 100000;
    parallelFor((set.size() + task - 1) / task, large ? options_.threads : 1, [&](std::size_t t) {
      const std::size_t end = std::min(set.size(), (t + 1) * task);
      for (std::size_t k = t * task; k < end; ++k) {
        const std::size_t j = set[k];
        g_[j] = dot(x_.column(j), residual_.data(), x_.rows) - l2_ * w_[j];
      }
    });
  }

  // Primal less dual objective of the problem in the columns of `set`, at the dual point c r with
  // the largest c <= 1 that is feasible. Written as a sum of parts that are never negative,
  //   (1 - c)^2 / 2 (|r|^2 + l2 |w|^2) + sum_j (l1 |w_j| - c w_j g_j),
  // so that it can be told from 0 down to rounding. Without l1 there is one dual point, |g|^2 / 2
  // l2.
  double gap(const Set& set) const {
    if (l1_ == 0) {
      double squares = 0;
      for (const std::size_t j : set) squares += g_[j] * g_[j];
      return squares / (2 * l2_);
    }
    double largest = 0;
    for (const std::size_t j : set) largest = std::max(largest, std::abs(g_[j]));
    const double c = largest > l1_ ? l1_ / largest : 1;
    double parts = 0, squares = 0;
    for (const std::size_t j : set) {
      parts += l1_ * std::abs(w_[j]) - c * w_[j] * g_[j];
      squares += w_[j] * w_[j];
    }
    const double primal = dot(residual_.data(), residual_.data(), x_.rows) + l2_ * squares;
    return std::max(0.0, (1 - c) * (1 - c) / 2 * primal + parts);
  }

  Set inUse(const Set& set) const {
    Set used;
    for (const std::size_t j : set)
      if (w_[j] != 0) used.push_back(j);
    return used;
  }

  // Where sweeps are slow, as they are for correlated columns: to the minimum over the columns in
  // use with their signs kept, (X_S'X_S + l2 I) step = g_S - l1 sign(w_S), or as far towards it as
  // no coefficient changes its sign (Lee, Battle, Raina and Ng 2007); the one that would is then 0.
  // Whether there was such a one, and so farther to go.
  bool jump(const Set& used) {
    const std::size_t m = used.size(), n = x_.rows;
    if (m == 0 || m > mostJumping || (m > n && l2_ == 0)) return false;
    refreshGradient(used);
    Buffer<double> columns(m * n), storage(m * m);
    std::vector<double> step(m);
    for (std::size_t k = 0; k < m; ++k) {
      const std::size_t j = used[k];
      std::copy_n(x_.column(j), n, columns.data() + k * n);
      step[k] = g_[j] - std::copysign(l1_, w_[j]);
    }
    const View<double> gram = storage.view(m, m);
    shiftedGram(std::as_const(columns).view(m, n), l2_, gram, options_.threads, stop_);
    if (!factorize(gram, options_.threads, stop_) || (stop_ && stop_->isSet())) return false;
    solveFactorized(gram, step.data());
    double length = 1;
    std::size_t blocking = m;
    for (std::size_t k = 0; k < m; ++k) {
      const double w = w_[used[k]];
      if (w * step[k] >= 0 || -w / step[k] >= length) continue;
      length = -w / step[k];
      blocking = k;
    }
    for (std::size_t k = 0; k < m; ++k)
      w_[used[k]] = k == blocking ? 0 : w_[used[k]] + length * step[k];
    refreshResidual();
    return blocking < m;
  }

  // The columns in use and those that violate |g_j| <= l1 most.
  Set workingSet() const {
    Set working, violators;
    for (const std::size_t j : columns_) {
      if (w_[j] != 0) {
        working.push_back(j);
      } else if (std::abs(g_[j]) > l1_) {
        violators.push_back(j);
      }
    }
    const std::size_t room = std::max(leastGrowth, working.size());
    if (violators.size() > room) {
      const auto end = violators.begin() + static_cast<std::ptrdiff_t>(room);
      std::nth_element(violators.begin(), end, violators.end(), [&](std::size_t a, std::size_t b) {
        const double left = std::abs(g_[a]), right = std::abs(g_[b]);
        return left != right ? left > right : a < b;
      });
      violators.erase(end, violators.end());
    }
    working.insert(working.end(), violators.begin(), violators.end());
    std::sort(working.begin(), working.end());
    return working;
  }

  // w_j = S(x_j'r + |x_j|^2 w_j, l1) / (|x_j|^2 + l2) for each column; whether any has moved.
  bool sweep(const Set& set) {
    bool moved = false;
    for (const std::size_t j : set) {
      const double before = w_[j], square = x_.squaredNorms[j];
      const double z = dot(x_.column(j), residual_.data(), x_.rows) + square * before;
      w_[j] = softThreshold(z, l1_) / (square + l2_);
      if (w_[j] == before) continue;
      moved = true;
      addScaled(before - w_[j], x_.column(j), residual_.data(), x_.rows);
    }
    return moved;
  }

  const Design& x_;
  const Target& y_;
  const ElasticNetOptions& options_;
  const StopFlag* stop_;
  double l1_ = 0, l2_ = 0;
  Set columns_;  // those that are not 0 throughout
  std::vector<double> w_, g_, residual_;
};

}  // namespace

std::vector<ElasticNetFit> elasticNetPath(const Design& x, const Target& y,
                                          std::span<const double> alphas,
                                          const ElasticNetOptions& options, const StopFlag* stop) {
  Descent descent(x, y, options, stop);
  const double n = static_cast<double>(x.rows);
  std::vector<ElasticNetFit> path;
  for (const double alpha : alphas) {
    const double weight = n * alpha;
    path.push_back(descent.solve(weight * options.l1Ratio, weight * (1 - options.l1Ratio)));
    path.back().gap /= n;
    if (stop && stop->isSet()) break;
  }
  return path;
}

double emptyingWeight(const Design& x, const Target& y) {
  double largest = 0;
  for (std::size_t j = 0; j < x.columns(); ++j)
    largest = std::max(largest, std::abs(dot(x.column(j), y.values.data(), x.rows)));
  return largest / static_cast<double>(x.rows);
}

}  // namespace deeptype::linear
