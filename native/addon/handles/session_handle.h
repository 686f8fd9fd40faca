#pragma once
#include <napi.h>

#include <memory>
#include <optional>
#include <string>

#include "../../core/training/session.h"
#include "../jobs/job.h"
#include "handle.h"
#include "network_handle.h"
#include "snapshot_handle.h"

namespace deeptype::addon {

// new SessionHandle(network, options), see convert/session_options.h
class SessionHandle final : public Handle<SessionHandle>, public MemoryHolder {
 public:
  static constexpr napi_type_tag kTag{0x6465657074797065, 0x0000000000000002};
  static Napi::Function define(Napi::Env env);
  explicit SessionHandle(const Napi::CallbackInfo& info);

  bool isCollected() const override { return Value().IsEmpty(); }
  void freeMemory() override;  // a job that runs keeps what it needs until it has ended

 private:
  template <auto method>
  Napi::Value entry(const Napi::CallbackInfo& info) {
    return call<method>(*this, info);
  }
  // The training table: copied, unless it lies in a SharedArrayBuffer (then `keep` holds it).
  struct Table {
    Buffer<float> x;
    Buffer<float> values;
    Buffer<float> weights;
    std::optional<PairGraph> graph;
    std::vector<std::int32_t> classes;
    Napi::ObjectReference keep;
    Dataset dataset;

    std::size_t bytes() const;
  };
  enum class InPlace { never, whereShared };
  struct Batch;

  void load(const Napi::CallbackInfo& info);                // (x, targets)
  void holdOut(const Napi::CallbackInfo& info);             // likewise
  Napi::Value epochs(const Napi::CallbackInfo& info);       // (plans, progress?) -> Promise
  Napi::Value settle(const Napi::CallbackInfo& info);       // (plan, progress?) -> Promise
  Napi::Value cluster(const Napi::CallbackInfo& info);      // (plan) -> Promise
  Napi::Value restart(const Napi::CallbackInfo& info);      // (scale) -> Promise
  Napi::Value relabel(const Napi::CallbackInfo& info);      // () -> Promise<number>
  Napi::Value separation(const Napi::CallbackInfo& info);   // () -> Promise<number>
  Napi::Value alphaMax(const Napi::CallbackInfo& info);     // () -> Promise<number>
  Napi::Value kktResidual(const Napi::CallbackInfo& info);  // (joint, alpha, beta) -> Promise
  Napi::Value represent(const Napi::CallbackInfo& info);    // (out?) -> Promise<Float32Array>
  Napi::Value representIn(const Napi::CallbackInfo& info, std::size_t width);
  Napi::Value validate(const Napi::CallbackInfo& info);      // (joint) -> Promise
  Napi::Value labelHeldOut(const Napi::CallbackInfo& info);  // () -> Promise<Int32Array>
  Napi::Value capture(const Napi::CallbackInfo& info);       // (snapshot to fill) -> Promise
  Napi::Value restore(const Napi::CallbackInfo& info);       // (snapshot) -> Promise
  void resetOptimizer(const Napi::CallbackInfo& info);
  void setClusters(const Napi::CallbackInfo& info);       // (centroids, labels)
  Napi::Value clusters(const Napi::CallbackInfo& info);   // -> { centroids, labels }
  Napi::Value losses(const Napi::CallbackInfo& info);     // (x, targets, centroids | null)
  Napi::Value gradients(const Napi::CallbackInfo& info);  // (..., alpha, beta, arrays to fill)
  Napi::Value step(const Napi::CallbackInfo& info);       // (..., plan)
  void clearStop(const Napi::CallbackInfo& info);         // before the next run
  void stop(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  // The session, kept alive and the network busy while a call on the JavaScript thread uses them: a
  // caller's loss may call back into this handle.
  class Use {
   public:
    Use(std::shared_ptr<Session> session, std::shared_ptr<SharedNetwork> network)
        : session_(std::move(session)), network_(std::move(network)) {
      network_->busy = true;
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() { network_->busy = false; }
    Session* operator->() const { return session_.get(); }
    Session& operator*() const { return *session_; }

   private:
    std::shared_ptr<Session> session_;
    std::shared_ptr<SharedNetwork> network_;
  };
  void requireIdle(Napi::Env env) const;
  Use use(Napi::Env env) const;
  // `done` runs on the JavaScript thread before the promise is settled.
  Napi::Value launch(
      const Napi::CallbackInfo& info, Napi::Value progress,
      std::function<Job::Finish(Session&, const Watch&)> work, std::function<void()> done = [] {});
  template <class Compute>
  Napi::Value launchFor(const Napi::CallbackInfo& info, Compute compute);
  std::size_t loadedRows() const;
  void requireTable(Napi::Env env, bool clustered) const;
  ConstMatrixView readCentroids(const Napi::Value& value, Buffer<float>& copy) const;
  Dataset readTable(Napi::Value x, Napi::Value targets, Table& table, InPlace inPlace);
  void countMemory();
  void readTargets(const Napi::Object& targets, std::size_t rows, Table& table, Targets& read);

  std::shared_ptr<SharedNetwork> network_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<StopSignal> stop_;
  std::shared_ptr<Table> table_;
  std::shared_ptr<Table> heldOut_;
  TargetKind targets_ = TargetKind::classes;
  bool freeWidth_ = false;  // a custom loss accepts values of any width
  ExternalMemory memory_;
};

}  // namespace deeptype::addon
