#include "session_handle.h"

#include <chrono>
#include <vector>

#include "../../core/platform/memory.h"
#include "../convert/parameters.h"
#include "../convert/plans.h"
#include "../convert/reader.h"
#include "../convert/session_options.h"

namespace deeptype::addon {
namespace {

// Epochs by plan after plan until one ends early or their time is over: a call takes as long as
// dozens of steps of a small network.
std::vector<EpochOutcome> inTurn(Session& session, const std::vector<EpochPlan>& plans,
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

}  // namespace

Napi::Function SessionHandle::define(Napi::Env env) {
  return DefineClass(
      env, "SessionHandle",
      {
          InstanceMethod<&SessionHandle::entry<&SessionHandle::load>>("load"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::holdOut>>("holdOut"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::validate>>("validate"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::labelHeldOut>>("labelHeldOut"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::capture>>("capture"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::restore>>("restore"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::epochs>>("epochs"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::settle>>("settle"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::cluster>>("cluster"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::restart>>("restart"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::relabel>>("relabel"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::separation>>("separation"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::alphaMax>>("alphaMax"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::kktResidual>>("kktResidual"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::represent>>("represent"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::resetOptimizer>>("resetOptimizer"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::setClusters>>("setClusters"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::clusters>>("clusters"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::losses>>("losses"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::gradients>>("gradients"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::step>>("step"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::rearm>>("rearm"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::stop>>("stop"),
          InstanceMethod<&SessionHandle::entry<&SessionHandle::dispose>>("dispose"),
      });
}

SessionHandle::SessionHandle(const Napi::CallbackInfo& info)
    : Handle(info), memory_(info.Env(), *this) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    stop_ = std::make_shared<StopSignal>();
    network_ = unwrap<NetworkHandle>(info[0]).shared();
    require(env, network_ != nullptr, "the network was disposed");
    auto [options, targets, isCustomLoss] =
        readSessionOptions(info[1], network_->network.layout(), stop_);
    targets_ = targets;
    freeWidth_ = isCustomLoss;
    // First moments and the weights last known to be finite.
    const std::size_t bytes = network_->network.parameters().size() * sizeof(float);
    makeRoom(env, 2 * bytes);
    if (2 * bytes > availableMemory()) throw std::bad_alloc();
    session_ = std::make_shared<Session>(std::shared_ptr<Network>(network_, &network_->network),
                                         std::move(options));
    countMemory();
  });
  Value().TypeTag(&kTag);
}

void SessionHandle::requireIdle(Napi::Env env) const {
  if (!session_) throw codedError(env, "ERR_DISPOSED", "the trainer was disposed");
  if (network_->busy) throw codedError(env, "ERR_BUSY", "the network is being trained");
  if (network_->readers > 0) throw codedError(env, "ERR_BUSY", "the network is being read");
}

SessionHandle::Use SessionHandle::use(Napi::Env env) const {
  requireIdle(env);
  return Use(session_, network_);
}

Napi::Value SessionHandle::launch(const Napi::CallbackInfo& info, Napi::Value progress,
                                  std::function<Job::Finish(Session&, const Watch&)> work,
                                  std::function<void()> done) {
  requireIdle(info.Env());
  return guarded(info.Env(), [&] {
    const Napi::Promise promise = Job::start(
        Lane::lengthy, Value(), stop_,
        [session = session_.get(), work = std::move(work)](const Watch& watch) {
          const StopScope none(nullptr);  // what is cut short says so itself
          return work(*session, watch);
        },
        progress,
        // Kept here, the session and its table outlive a dispose() and die on the JavaScript
        // thread.
        [network = network_, session = session_, table = table_, heldOut = heldOut_,
         done = std::move(done)] {
          network->busy = false;
          done();
        });
    network_->busy = true;
    return promise;
  });
}

// ---- long computations

Napi::Value SessionHandle::epochs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<EpochPlan> plans = readEpochPlans(info[0]);
  for (const EpochPlan& plan : plans) {
    requireTable(env, plan.joint && !plan.clusterEveryBatch);
    require(env, plan.clusterEverySteps == 0 || plan.cluster.clusters <= loadedRows(),
            "clusters: more than there are rows");
  }
  return launch(info, info[1], [plans](Session& session, const Watch& watch) -> Job::Finish {
    return [outcomes = inTurn(session, plans, watch)](Napi::Env env) {
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
  return launch(
      info, info.Env().Null(), [plan](Session& session, const Watch& watch) -> Job::Finish {
        return
            [outcome = session.cluster(plan, watch)](Napi::Env env) { return toJs(env, outcome); };
      });
}

Napi::Value SessionHandle::restart(const Napi::CallbackInfo& info) {
  const double scale = number(info[0], "scale");
  requireTable(info.Env(), false);
  return launch(info, info.Env().Null(),
                [scale](Session& session, const Watch& watch) -> Job::Finish {
                  session.startIsometrically(scale, watch.stop);
                  return [](Napi::Env env) { return env.Undefined(); };
                });
}

Napi::Value SessionHandle::relabel(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), true);
  return launch(info, info.Env().Null(), [](Session& session, const Watch& watch) -> Job::Finish {
    return [changed = session.relabel(watch.stop)](Napi::Env env) {
      return Napi::Number::New(env, static_cast<double>(changed));
    };
  });
}

Napi::Value SessionHandle::separation(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), true);
  return launch(info, info.Env().Null(), [](Session& session, const Watch& watch) -> Job::Finish {
    return [ratio = session.separation(watch.stop)](Napi::Env env) {
      return Napi::Number::New(env, ratio);
    };
  });
}

Napi::Value SessionHandle::alphaMax(const Napi::CallbackInfo& info) {
  requireTable(info.Env(), false);
  return launch(info, info.Env().Null(), [](Session& session, const Watch& watch) -> Job::Finish {
    return [weight = session.alphaMax(watch.stop)](Napi::Env env) {
      return Napi::Number::New(env, weight);
    };
  });
}

Napi::Value SessionHandle::kktResidual(const Napi::CallbackInfo& info) {
  const bool joint = info[0].ToBoolean();
  const double alpha = number(info[1], "alpha");
  const double beta = number(info[2], "beta");
  requireTable(info.Env(), joint);
  return launch(info, info.Env().Null(), [=](Session& session, const Watch& watch) -> Job::Finish {
    return [residual = session.kktResidual(joint, alpha, beta, watch.stop)](Napi::Env env) {
      return Napi::Number::New(env, residual);
    };
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
        return [](Napi::Env env) { return env.Undefined(); };
      },
      [keep] {});
}

Napi::Value SessionHandle::validate(const Napi::CallbackInfo& info) {
  const bool joint = info[0].ToBoolean();
  requireTable(info.Env(), false);
  require(info.Env(), heldOut_ != nullptr, "no rows are held out");
  return launch(info, info.Env().Null(),
                [joint](Session& session, const Watch& watch) -> Job::Finish {
                  return [parts = session.validate(joint, watch.stop)](Napi::Env env) {
                    return toJs(env, parts);
                  };
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

// ---- the state

Napi::Value SessionHandle::capture(const Napi::CallbackInfo& info) {
  SnapshotHandle& handle = unwrap<SnapshotHandle>(info[0]);
  requireIdle(info.Env());
  const std::shared_ptr<Snapshot> snapshot = handle.writable(info.Env());
  const auto keep = std::make_shared<Napi::ObjectReference>(Napi::Persistent(object(info[0])));
  const Napi::Value promise = launch(
      info, info.Env().Null(),
      [snapshot](Session& session, const Watch&) -> Job::Finish {
        session.state(snapshot->state);
        return [](Napi::Env env) { return env.Undefined(); };
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

// ---- short ones

void SessionHandle::resetOptimizer(const Napi::CallbackInfo& info) {
  use(info.Env())->resetOptimizer();
}

void SessionHandle::setClusters(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  Buffer<float> copy;
  const ConstMatrixView centroids =
      guarded(info.Env(), [&] { return readCentroids(info[0], copy); });
  const std::span<std::int32_t> labels = elements<std::int32_t>(info[1]);
  require(info.Env(), labels.size() == session->rows(), "labels: the length does not fit");
  require(info.Env(), centroids.rows > 0, "centroids: none");
  for (const std::int32_t label : labels) {
    require(info.Env(), label >= 0 && static_cast<std::size_t>(label) < centroids.rows, "labels");
  }
  guarded(info.Env(), [&] { session->setClusters(centroids, labels); });
}

Napi::Value SessionHandle::clusters(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  const ConstMatrixView centroids = session->centroids();
  Napi::Object result = Napi::Object::New(info.Env());
  result["centroids"] = typedArray<float>(info.Env(), std::span(centroids.data, centroids.size()));
  result["labels"] = typedArray<std::int32_t>(info.Env(), session->clusterLabels());
  return result;
}

ConstMatrixView SessionHandle::readCentroids(const Napi::Value& value, Buffer<float>& copy) const {
  if (value.IsNull() || value.IsUndefined()) return {};
  const ConstMatrixView centroids = matrix<float>(value);
  require(value.Env(), centroids.columns == network_->network.layout().representation(),
          "centroids: the width does not fit");
  copy.copyFrom({centroids.data, centroids.size()});
  return std::as_const(copy).view(centroids.rows, centroids.columns);
}

// Copies all it reads: a caller's loss or a getter may detach the arrays.
struct SessionHandle::Batch {
  Batch(SessionHandle& handle, const Napi::CallbackInfo& info)
      : dataset(handle.readTable(info[0], info[1], table, InPlace::never)),
        centroids(handle.readCentroids(info[2], copy)) {}
  Table table;
  Buffer<float> copy;
  Dataset dataset;
  ConstMatrixView centroids;
};

Napi::Value SessionHandle::losses(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  return guarded(info.Env(), [&] {
    const Batch batch(*this, info);
    return toJs(info.Env(), session->losses(batch.dataset, batch.centroids));
  });
}

Napi::Value SessionHandle::gradients(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  return guarded(info.Env(), [&] {
    const double alpha = number(info[3], "alpha");
    const double beta = number(info[4], "beta");
    const Batch batch(*this, info);
    Buffer<float> gradient;
    const LossParts parts =
        session->gradients(batch.dataset, batch.centroids, alpha, beta, gradient);
    const Layout& layout = network_->network.layout();
    exportParameters(layout, gradient, parameterArrays(layout, info[5]));
    return toJs(info.Env(), parts);
  });
}

Napi::Value SessionHandle::step(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  return guarded(info.Env(), [&] {
    const auto plan = readFields<EpochPlan>(info[3]);
    const Batch batch(*this, info);
    return toJs(info.Env(), session->step(batch.dataset, batch.centroids, plan));
  });
}

void SessionHandle::rearm(const Napi::CallbackInfo&) { stop_->clear(); }

void SessionHandle::stop(const Napi::CallbackInfo&) { stop_->set(); }

void SessionHandle::dispose(const Napi::CallbackInfo&) {
  stop_->set();
  freeMemory();
}

void SessionHandle::freeMemory() {
  session_.reset();
  if (network_ && !network_->busy) network_.reset();  // else a call that runs still looks at it
  table_.reset();
  heldOut_.reset();
  countMemory();
}

}  // namespace deeptype::addon
