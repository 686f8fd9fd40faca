#include "fista.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "../math/finite.h"
#include "../math/norms.h"
#include "../proximal/proximal_layer.h"
#include "stationarity.h"

namespace deeptype {
namespace {

constexpr double kGrow = 1.6;       // of the Lipschitz estimate when a step is too long
constexpr double kShrink = 0.95;    // after each accepted step
constexpr unsigned kMaxTries = 40;  // of one line search
constexpr unsigned kInterruptEvery = 50;
constexpr unsigned kCheckEvery = 10;  // iterations between looks at the KKT residual
constexpr double kRounding = 2e-7;    // relative error of the objective in float32
constexpr double kConclusive = 1e-5;  // relative size of a model decrease that float32 can judge
constexpr double kRise = 1e-6;        // relative rise of the total that forces a restart

class Settler {
 public:
  Settler(Problem& problem, const Centers* centers, const SessionOptions& options,
          const SettlePlan& plan, double& lipschitz)
      : network_(*problem.network),
        objective_(problem.objective),
        data_(problem.data),
        gradient_(problem.gradient),
        centers_(centers),
        weightDecay_(options.weightDecay),
        plan_(plan),
        lipschitz_(lipschitz),
        proximal_(objective_.penalty(), options.constraint, network_.layout().out(0)),
        threads_(options.threads),
        point_(network_.copy()),
        next_(network_.copy()),
        moved_(plan.firstLayerOnly ? network_.groups().size() : network_.layout().size()) {}

  SettleOutcome run(const Watch& watch, const Interrupt& interrupt) {
    SettleOutcome outcome;
    outcome.stopped = !completes([&] { iterate(watch, interrupt, outcome); });
    outcome.parts = parts_;
    return outcome;
  }

 private:
  void iterate(const Watch& watch, const Interrupt& interrupt, SettleOutcome& outcome) {
    for (unsigned k = 0; k < plan_.iterations; ++k) {
      const double smooth = smoothPart(point_, &gradient_);
      if ((outcome.diverged = divergence(smooth)) != Divergence::none) break;
      if (k % kCheckEvery == 0 && residual(point_) < plan_.tolerance * plan_.alpha) {
        const StopScope none(nullptr);
        network_.parameters().copyFrom(point_.parameters().span());
        proximal_(network_.groups(), 0, threads_);  // momentum may have left the bounds
        break;
      }
      if (!lineSearch(smooth)) break;  // no step decreases the objective within float32
      accelerate();
      ++outcome.iterations;
      if (watch.progress) watch.progress(k + 1, plan_.iterations);
      if ((k + 1) % kInterruptEvery == 0 && interrupt && interrupt()) break;
    }
    if (outcome.diverged == Divergence::none) {  // where it ended
      smoothPart(network_, &gradient_);
      outcome.converged = residual(network_) < plan_.tolerance * plan_.alpha;
    }
  }

  // f = primary + beta distance + weightDecay/2 sum_l>1 |W_l|^2, and its gradient
  double smoothPart(const Network& at, Buffer<float>* gradient) {
    const LossParts parts = objective_.table(at, data_, centers_, plan_.beta, gradient, threads_);
    checkStop();  // a caller's loss that was waited for in vain
    parts_ = parts;
    parts_.sparsity = objective_.sparsity(at);
    double f = parts_.primary + plan_.beta * parts_.distance;
    for (std::size_t l = 1; l < at.layout().layers() && weightDecay_ > 0; ++l) {
      const ConstMatrixView w = at.weight(l);
      const double norm = l2Norm({w.data, w.size()});
      f += weightDecay_ / 2 * norm * norm;
      if (!gradient) continue;
      float* const g = at.layout().weight(*gradient, l).data;
      for (std::size_t i = 0; i < w.size(); ++i)
        g[i] += static_cast<float>(weightDecay_) * w.data[i];
    }
    return f;
  }

  // Of f and the gradient that came with it.
  Divergence divergence(double smooth) const {
    if (!std::isfinite(smooth)) return Divergence::loss;
    return allFinite<float>(std::as_const(gradient_).span(), threads_) ? Divergence::none
                                                                       : Divergence::gradient;
  }

  double residual(const Network& at) {
    return firstLayerResidual(at.groups(), at.layout().groups(std::as_const(gradient_)), proximal_,
                              plan_.alpha, threads_);
  }

  // next = prox_{alpha/L}(point - gradient / L), L grown until the quadratic model bounds f there
  bool lineSearch(double smooth) {
    const float* const q = point_.parameters().data();
    float* const x = next_.parameters().data();
    for (unsigned attempt = 0; attempt < kMaxTries; ++attempt, lipschitz_ *= kGrow) {
      const auto step = static_cast<float>(1 / lipschitz_);
      forRuns(moved_, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) x[i] = q[i] - step * gradient_[i];
      });
      proximal_(next_.groups(), plan_.alpha / lipschitz_, threads_);
      double linear = 0;
      double squared = 0;
      forRuns(moved_, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          const double d = static_cast<double>(x[i]) - q[i];
          linear += d * gradient_[i];
          squared += d * d;
        }
      });
      const double f = smoothPart(next_, nullptr);
      total_ = f + plan_.alpha * parts_.sparsity;
      // A step too short to be judged in float32 is taken, and says nothing of the curvature.
      if (lipschitz_ / 2 * squared <= kConclusive * std::abs(smooth)) return true;
      if (f <= smooth + linear + lipschitz_ / 2 * squared + kRounding * std::abs(smooth)) {
        lipschitz_ *= kShrink;
        return true;
      }
    }
    return false;
  }

  // Moves on from `next`: momentum, or a restart where it points uphill.
  void accelerate() {
    float* const last = network_.parameters().data();
    float* const q = point_.parameters().data();
    const float* const x = next_.parameters().data();
    if (total_ > lastTotal_ + kRise * std::abs(lastTotal_)) {  // back to the last good point
      momentum_ = 1;
      lastTotal_ = std::numeric_limits<double>::infinity();
      std::copy_n(last, moved_, q);
      return;
    }
    double uphill = 0;  // (point - next) . (next - last)
    for (std::size_t i = 0; i < moved_; ++i) {
      uphill += (static_cast<double>(q[i]) - x[i]) * (static_cast<double>(x[i]) - last[i]);
    }
    if (uphill > 0) momentum_ = 0;
    const double grown = (1 + std::sqrt(1 + 4 * momentum_ * momentum_)) / 2;
    const auto weight = static_cast<float>(uphill > 0 ? 0 : (momentum_ - 1) / grown);
    for (std::size_t i = 0; i < moved_; ++i) q[i] = x[i] + weight * (x[i] - last[i]);
    std::copy_n(x, moved_, last);
    momentum_ = grown;
    lastTotal_ = total_;
  }

  Network& network_;  // the last accepted point
  Objective& objective_;
  const Dataset& data_;
  Buffer<float>& gradient_;
  const Centers* centers_;
  double weightDecay_;
  const SettlePlan& plan_;
  double& lipschitz_;
  ProximalLayer proximal_;
  unsigned threads_;
  Network point_;  // where the gradient is taken
  Network next_;
  std::size_t moved_;  // parameters that move: all, or the first layer's weights
  LossParts parts_;
  double momentum_ = 1;
  double total_ = 0;
  double lastTotal_ = std::numeric_limits<double>::infinity();
};

}  // namespace

SettleOutcome settle(Problem& problem, const Centers* centers, const SessionOptions& options,
                     const SettlePlan& plan, const Watch& watch, const Interrupt& interrupt,
                     double& lipschitz) {
  return Settler(problem, centers, options, plan, lipschitz).run(watch, interrupt);
}

}  // namespace deeptype
