#include "session_handle.h"

#include "../../core/platform/memory.h"
#include "../convert/session_options.h"
#include "../convert/values.h"

namespace deeptype::addon {
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
          InstanceMethod<&SessionHandle::entry<&SessionHandle::clearStop>>("clearStop"),
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
          const StopScope none(nullptr);  // the outcome of a session says whether it was stopped
          return work(*session, watch);
        },
        progress,
        // Captured, so that the session and its table outlive a dispose() and are destroyed on the
        // JavaScript thread.
        [network = network_, session = session_, table = table_, heldOut = heldOut_,
         done = std::move(done)] {
          network->busy = false;
          done();
        });
    network_->busy = true;
    return promise;
  });
}

void SessionHandle::clearStop(const Napi::CallbackInfo&) { stop_->clear(); }

void SessionHandle::stop(const Napi::CallbackInfo&) { stop_->set(); }

void SessionHandle::dispose(const Napi::CallbackInfo&) {
  stop_->set();
  freeMemory();
}

void SessionHandle::freeMemory() {
  session_.reset();
  if (network_ && !network_->busy) network_.reset();  // else a job still reads it
  table_.reset();
  heldOut_.reset();
  countMemory();
}

}  // namespace deeptype::addon
