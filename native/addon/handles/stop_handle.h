#pragma once
// Stops the jobs of a call: each job gets it, JavaScript sets it.
#include <napi.h>

#include <memory>

#include "../jobs/job.h"
#include "handle.h"

namespace deeptype::addon {

// new StopHandle()
class StopHandle : public Handle<StopHandle> {
 public:
  static constexpr napi_type_tag kTag{0x6465657074797065, 0x0000000000000004};
  static Napi::Function define(Napi::Env env);
  explicit StopHandle(const Napi::CallbackInfo& info);
  const std::shared_ptr<StopSignal>& signal() const { return signal_; }

 private:
  template <auto method>
  Napi::Value entry(const Napi::CallbackInfo& info) {
    return call<method>(*this, info);
  }
  void stop(const Napi::CallbackInfo& info);

  std::shared_ptr<StopSignal> signal_;
};

// The signal of the handle, or a new one that nothing sets.
std::shared_ptr<StopSignal> stopOf(const Napi::Value& handle);

}  // namespace deeptype::addon
