#pragma once
// Functions that own nothing: K-means, scaling, what the machine offers.
#include <napi.h>

namespace deeptype::addon {

void defineFunctions(Napi::Env env, Napi::Object exports);

}  // namespace deeptype::addon
