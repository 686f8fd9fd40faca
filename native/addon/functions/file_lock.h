#pragma once
// Advisory locks on open files, which Node's own fs module lacks.
#include <napi.h>

namespace deeptype::addon {

void defineFileLock(Napi::Env env, Napi::Object exports);

}  // namespace deeptype::addon
