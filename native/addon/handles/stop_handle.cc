#include "stop_handle.h"

#include "../convert/values.h"

namespace deeptype::addon {

Napi::Function StopHandle::define(Napi::Env env) {
  return DefineClass(env, "StopHandle",
                     {InstanceMethod<&StopHandle::entry<&StopHandle::stop>>("stop")});
}

StopHandle::StopHandle(const Napi::CallbackInfo& info) : Handle(info) {
  coded(info.Env(), [&] { signal_ = std::make_shared<StopSignal>(); });
  Value().TypeTag(&kTag);
}

void StopHandle::stop(const Napi::CallbackInfo&) { signal_->set(); }

std::shared_ptr<StopSignal> stopOf(const Napi::Value& handle) {
  if (handle.IsUndefined()) return std::make_shared<StopSignal>();
  return unwrap<StopHandle>(handle).signal();
}

}  // namespace deeptype::addon
