#pragma once
// Whole tables: whether they are finite, their columns' moments, and standardised.
#include <napi.h>

namespace deeptype::addon {

void defineScaling(Napi::Env env, Napi::Object exports);

}  // namespace deeptype::addon
