// Where the addon begins: what src/native.ts finds in it.
#include <napi.h>

#include "../core/threads.h"
#include "environment.h"
#include "file_lock.h"
#include "functions.h"
#include "linear.h"
#include "network_handle.h"
#include "proximal.h"
#include "scaling.h"
#include "session_handle.h"
#include "snapshot_handle.h"
#include "stop_handle.h"

namespace deeptype::addon {
namespace {

// setErrorFactory((code, message) => Error)
void setErrorFactory(const Napi::CallbackInfo& info) {
  Environment::of(info.Env()).errorFactory() = Napi::Persistent(info[0].As<Napi::Function>());
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment(env));  // freed by Node with the environment
  defaultThreads();                           // reads files once, here where it may fail
  exports["setErrorFactory"] = Napi::Function::New<setErrorFactory>(env, "setErrorFactory");
  exports["NetworkHandle"] = NetworkHandle::define(env);
  exports["SessionHandle"] = SessionHandle::define(env);
  exports["SnapshotHandle"] = SnapshotHandle::define(env);
  exports["StopHandle"] = StopHandle::define(env);
  defineFileLock(env, exports);
  defineFunctions(env, exports);
  defineLinear(env, exports);
  defineProximal(env, exports);
  defineScaling(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(deeptype, initialize)

}  // namespace deeptype::addon
