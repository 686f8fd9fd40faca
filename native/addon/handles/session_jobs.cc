// The calls of a session that run on a thread of their own and return a promise.
#include <chrono>
#include <vector>

#include "../convert/plans.h"
#include "../convert/reader.h"
#include "session_handle.h"

namespace deeptype::addon {
namespace {

// One epoch per plan, until one ends early or 20 ms are over. A call across the border takes as
// long as dozens of steps of a small network, so that short epochs share one.
std::vector<EpochOutcome> runEpochs(Session& session, const std::vector<EpochPlan>& plans,
                                    const Watch& watch) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(20);
  std::vector<EpochOutcome> outcomes;
  const auto goesOn = [&] {
    const EpochOutcome& last = outcomes.back();
    return outcomes.size() < plans.size() && !last.stopped && last.diverged == Divergence::none &&
           Clock::now() < end;
  };
  Watch rest{watch.stop, {}};
  if (watch.progress) {
    rest.progress = [&](std::uint64_t done, std::uint64_t of) {
      watch.progress(outcomes.size() * of + done, of);
    };
  }
  do outcomes.push_back(session.epoch(plans[outcomes.size()], rest));
  while (goesOn());
  return outcomes;
}

Napi::Value undefined(Napi::Env env) { return env.Undefined(); }

Napi::Value toJs(Napi::Env env, double value) { return Napi::Number::New(env, value); }

}  // namespace

// Runs `compute(session, watch)` on a thread and resolves to what it returns.
template <class Compute>
Napi::Value SessionHandle::launchFor(const Napi::CallbackInfo& info, Compute compute) {
  return launch(info, info.Env().Null(),
                [compute](Session& session, const Watch& watch) -> Job::Finish {
                  return [value = compute(session, watch)](Napi::Env env) -> Napi::Value {
                    return toJs(env, value);
                  };
                });
}

Napi::Value SessionHandle::epochs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<EpochPlan> plans = readEpochPlans(info[0]);
  for (const EpochPlan& plan : plans) {
    requireTable(env, plan.joint && !plan.clusterEveryBatch);
    require(env, plan.clusterEverySteps == 0 || plan.cluster.clusters <= loadedRows(),
            "clusters: more than there are rows");
  }
  return launch(info, info[1], [plans](Session& session, const Watch& watch) -> Job::Finish {
    return [outcomes = runEpochs(session, plans, watch)](Napi::Env env) {
      const Napi::Array array = Napi::Array::New(env, outcomes.size());
      for (std::size_t i = 0; i < outcomes.size(); ++i)
        array.Set(static_cast<std::uint32_t>(i), toJs(env, outcomes[i]));
      return array;
    };
  });
}

Napi::Value SessionHandle::settle(const Napi::CallbackInfo& info) {
  const auto plan = readFields<SettlePlan>(info[0]);
  requireTable(info.Env(), plan.joint);
  return launch(info, info[1], [plan](Session& session, const Watch& watch) -> Job::Finish {
    return [outcome = session.settle(plan, watch)](Napi::Env env) { return toJs(env, outcome); };
  });
}

Napi::Value SessionHandle::cluster(const Napi::CallbackInfo& info) {
  const auto plan = readFields<ClusterPlan>(info[0]);
  require(info.Env(), plan.clusters <= loadedRows(), "clusters: more than there are rows");
  return launchFor(
      info, [plan](Session& session, const Watch& watch) { return session.cluster(plan, watch); });
}

Napi::Value SessionHandle::restart(const Napi::CallbackInfo& info) {
  const double scale = number(info[0], "scale");
  requireTable(info.Env(), false);
  return launch(info, info.Env().Null(),
                [scale](Session& session, const Watch& watch) -> Job::Finish {
                  session.startIsometrically(scale, watch.stop);
                  return undefined;
                });
}

Napi::Value SessionHandle::relabel(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), true);
  return launchFor(info, [](Session& session, const Watch& watch) {
    return static_cast<double>(session.relabel(watch.stop));
  });
}

Napi::Value SessionHandle::separation(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), true);
  return launchFor(
      info, [](Session& session, const Watch& watch) { return session.separation(watch.stop); });
}

Napi::Value SessionHandle::alphaMax(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), false);
  return launchFor(
      info, [](Session& session, const Watch& watch) { return session.alphaMax(watch.stop); });
}

Napi::Value SessionHandle::kktResidual(const Napi::CallbackInfo& info) {
  const bool joint = info[0].ToBoolean();
  const double alpha = number(info[1], "alpha");
  const double beta = number(info[2], "beta");
  requireTable(info.Env(), joint);
  return launchFor(info, [=](Session& session, const Watch& watch) {
    return session.kktResidual(joint, alpha, beta, watch.stop);
  });
}

Napi::Value SessionHandle::represent(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), false);
  const std::size_t width = network_->network.layout().representation();
  if (!info[0].IsUndefined()) return representIn(info, width);
  return launch(info, info.Env().Null(),
                [width](Session& session, const Watch& watch) -> Job::Finish {
                  const auto h = std::make_shared<Buffer<float>>(session.rows() * width);
                  session.represent(h->view(session.rows(), width), watch.stop);
                  return [h](Napi::Env env) { return typedArray<float>(env, h->span()); };
                });
}

Napi::Value SessionHandle::representIn(const Napi::CallbackInfo& info, std::size_t width) {
  const MatrixView out = target(info[0], loadedRows(), width);
  require(info.Env(), isShared(info[0]), "an array in shared memory was expected");
  const auto keep = std::make_shared<Napi::ObjectReference>(Napi::Persistent(object(info[0])));
  return launch(
      info, info.Env().Null(),
      [out](Session& session, const Watch& watch) -> Job::Finish {
        session.represent(out, watch.stop);
        return undefined;
      },
      [keep] {});
}

Napi::Value SessionHandle::validate(const Napi::CallbackInfo& info) {
  const bool joint = info[0].ToBoolean();
  requireTable(info.Env(), false);
  require(info.Env(), heldOut_ != nullptr, "no rows are held out");
  return launchFor(info, [joint](Session& session, const Watch& watch) {
    return session.validate(joint, watch.stop);
  });
}

Napi::Value SessionHandle::labelHeldOut(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), true);
  require(info.Env(), heldOut_ != nullptr, "no rows are held out");
  return launch(info, info.Env().Null(), [](Session& session, const Watch& watch) -> Job::Finish {
    const std::span<const std::int32_t> labels = session.labelHeldOut(watch.stop);
    const auto copy = std::make_shared<std::vector<std::int32_t>>(labels.begin(), labels.end());
    return [copy](Napi::Env env) { return typedArray<std::int32_t>(env, *copy); };
  });
}

Napi::Value SessionHandle::capture(const Napi::CallbackInfo& info) {
  SnapshotHandle& handle = unwrap<SnapshotHandle>(info[0]);
  requireIdle(info.Env());
  const std::shared_ptr<Snapshot> snapshot = handle.writable(info.Env());
  const auto keep = std::make_shared<Napi::ObjectReference>(Napi::Persistent(object(info[0])));
  const Napi::Value promise = launch(
      info, info.Env().Null(),
      [snapshot](Session& session, const Watch&) -> Job::Finish {
        session.state(snapshot->state);
        return undefined;
      },
      [snapshot, keep, &handle] {
        snapshot->busy = false;
        handle.countMemory();
      });
  snapshot->busy = true;
  return promise;
}

Napi::Value SessionHandle::restore(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Snapshot> snapshot = unwrap<SnapshotHandle>(info[0]).readable(info.Env());
  requireTable(info.Env(), false);
  const Napi::Value promise = launch(
      info, info.Env().Null(),
      [snapshot](Session& session, const Watch&) -> Job::Finish {
        return [fits = session.setState(snapshot->state)](Napi::Env env) {
          require(env, fits, "restore: the state does not fit");
          return env.Undefined();
        };
      },
      [snapshot] { --snapshot->readers; });
  ++snapshot->readers;
  return promise;
}

}  // namespace deeptype::addon
