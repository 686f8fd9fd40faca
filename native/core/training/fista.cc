#include "fista.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "objective.h"

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

// The slot `current` is the last accepted point, `point` where the gradient is taken, `trial` the
// next.
class Fista {
 public:
  Fista(TrainingContext& context, const SettlePlan& plan)
      : context_(context), backend_(*context.backend), plan_(plan), lipschitz_(context.lipschitz) {
    backend_.copyParameters(Slot::point, Slot::current);
    backend_.copyParameters(Slot::trial, Slot::current);
  }
  Fista(const Fista&) = delete;
  Fista& operator=(const Fista&) = delete;
  ~Fista() { backend_.releaseTrialSlots(); }

  SettleOutcome run(const Watch& watch, const Interrupt& interrupt) {
    SettleOutcome outcome;
    outcome.stopped = !completes([&] { iterate(watch, interrupt, outcome); });
    outcome.parts = parts_;
    return outcome;
  }

 private:
  void iterate(const Watch& watch, const Interrupt& interrupt, SettleOutcome& outcome) {
    for (unsigned k = 0; k < plan_.iterations; ++k) {
      agreeToStop(context_.comm(), watch.stop);
      const double smooth = smoothPartAt(Slot::point, true);
      if ((outcome.diverged = divergence(smooth)) != Divergence::none) break;
      if (k % kCheckEvery == 0 && isStationary(Slot::point)) {
        const StopScope none(nullptr);
        backend_.copyParameters(Slot::current, Slot::point);
        backend_.prox(Slot::current, 0);  // momentum may have left the bounds
        break;
      }
      if (!lineSearch(smooth)) break;  // no step decreases the objective within float32
      accelerate();
      ++outcome.iterations;
      if (watch.progress) watch.progress(k + 1, plan_.iterations);
      if ((k + 1) % kInterruptEvery == 0 && interrupt && interrupt()) break;
    }
    if (outcome.diverged == Divergence::none) {  // where it ended
      smoothPartAt(Slot::current, true);
      outcome.converged = isStationary(Slot::current);
    }
  }

  double smoothPartAt(Slot slot, bool wantGradient) {
    return smoothPart(backend_, {TableId::training, slot, plan_.joint, plan_.beta, wantGradient},
                      context_.options.weightDecay, parts_);
  }

  bool isStationary(Slot slot) {
    return backend_.residual(slot, plan_.alpha) < plan_.tolerance * plan_.alpha;
  }

  // Of f and the gradient that came with it.
  Divergence divergence(double smooth) {
    if (!std::isfinite(smooth)) return Divergence::loss;
    return backend_.isGradientFinite() ? Divergence::none : Divergence::gradient;
  }

  // trial = prox_{alpha/L}(point - gradient / L), L grown until the quadratic model bounds f there
  bool lineSearch(double smooth) {
    for (unsigned attempt = 0; attempt < kMaxTries; ++attempt, lipschitz_ *= kGrow) {
      const auto [linear, squared] =
          backend_.proximalMove({lipschitz_, plan_.alpha, plan_.firstLayerOnly});
      const double f = smoothPartAt(Slot::trial, false);
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

  // Moves on from `trial`: momentum, or a restart where it points uphill.
  void accelerate() {
    if (total_ > lastTotal_ + kRise * std::abs(lastTotal_)) {  // back to the last good point
      momentum_ = 1;
      lastTotal_ = std::numeric_limits<double>::infinity();
      backend_.copyParameters(Slot::point, Slot::current);
      return;
    }
    const bool isUphill = backend_.ascent(plan_.firstLayerOnly) > 0;
    if (isUphill) momentum_ = 0;
    const double grown = (1 + std::sqrt(1 + 4 * momentum_ * momentum_)) / 2;
    backend_.extrapolate(isUphill ? 0 : (momentum_ - 1) / grown, plan_.firstLayerOnly);
    momentum_ = grown;
    lastTotal_ = total_;
  }

  TrainingContext& context_;
  Backend& backend_;
  const SettlePlan& plan_;
  double& lipschitz_;
  LossParts parts_;
  double momentum_ = 1;
  double total_ = 0;
  double lastTotal_ = std::numeric_limits<double>::infinity();
};

}  // namespace

SettleOutcome runFista(TrainingContext& context, const SettlePlan& plan, const Watch& watch,
                       const Interrupt& interrupt) {
  return Fista(context, plan).run(watch, interrupt);
}

void settle(TrainingContext& context, const SettlePlan& plan, const Watch& watch,
            SettleOutcome& outcome) {
  ActiveSet& active = context.active;
  context.updateActiveSet(false, plan.joint, plan.alpha, plan.beta);
  SettlePlan rest = plan;
  for (bool isOver = false; !isOver;) {
    std::size_t violators = 0;
    const auto interrupt = [&] {
      violators = active.findViolators(plan.joint, plan.alpha, plan.beta);
      return violators > 0;
    };
    const unsigned before = outcome.iterations;
    outcome = runFista(context, rest, watch, interrupt);
    rest.iterations -= std::min(rest.iterations, outcome.iterations);
    outcome.iterations += before;
    if (outcome.stopped || outcome.diverged != Divergence::none) return;
    // What was settled without an input holds only if that input may stay out.
    if (violators == 0) active.findViolators(plan.joint, plan.alpha, plan.beta);
    isOver = active.reactivate() == 0 || rest.iterations == 0;
    if (!isOver) outcome.converged = false;
  }
}

}  // namespace deeptype
