#pragma once
#include <napi.h>

namespace deeptype::addon {

// Proximal operators and projections, on the rows of matrices.
void defineProximal(Napi::Env env, Napi::Object exports);

}  // namespace deeptype::addon
