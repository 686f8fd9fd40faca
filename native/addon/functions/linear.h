#pragma once
// Linear models: Lasso, elastic net and their paths, ridge.
#include <napi.h>

namespace deeptype::addon {

void defineLinear(Napi::Env env, Napi::Object exports);

}  // namespace deeptype::addon
