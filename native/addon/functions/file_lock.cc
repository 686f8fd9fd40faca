#include "file_lock.h"

#include "../convert/errors.h"
#if __has_include(<sys/file.h>)
#include <sys/file.h>

#include <cerrno>
#endif

namespace deeptype::addon {
namespace {

// (descriptor, exclusive) -> true where the lock is had now, false where somebody else has one that
// excludes it, undefined where the system or the file system has none. Never waits. The system
// takes the lock back when the file is closed, also by the death of the process.
Napi::Value lockFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  require(env, info[0].IsNumber() && info[1].IsBoolean(), "lockFile: a descriptor and a flag");
#ifdef LOCK_NB
  const int descriptor = info[0].As<Napi::Number>().Int32Value();
  const int kind = info[1].As<Napi::Boolean>() ? LOCK_EX : LOCK_SH;
  int outcome = 0;
  do outcome = flock(descriptor, kind | LOCK_NB);
  while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return Napi::Boolean::New(env, true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(env, false);
#endif
  return env.Undefined();
}

}  // namespace

void defineFileLock(Napi::Env env, Napi::Object exports) {
  exports["lockFile"] = Napi::Function::New<lockFile>(env, "lockFile");
}

}  // namespace deeptype::addon
