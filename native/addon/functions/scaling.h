#pragma once
// Whole tables: whether they are finite, their columns' moments, and standardised.
#include <napi.h>

#include "../../core/backends/cpu/scaler.h"

namespace deeptype::addon {

// { mean, remainder, deviation }, Float64Arrays of one length
ColumnMoments readMoments(const Napi::Value& value);

void defineScaling(Napi::Env env, Napi::Object exports);

}  // namespace deeptype::addon
