// Where the addon begins: what src/native/addon.ts finds in it.
#include <napi.h>

#include "../core/platform/threads.h"
#include "functions/file_lock.h"
#include "functions/functions.h"
#include "functions/linear.h"
#include "functions/proximal.h"
#include "functions/scaling.h"
#include "handles/network_handle.h"
#include "handles/session_handle.h"
#include "handles/snapshot_handle.h"
#include "handles/stop_handle.h"
#include "jobs/environment.h"

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
