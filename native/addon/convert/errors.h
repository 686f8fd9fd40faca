#pragma once
// Coded errors. The JavaScript class is handed over once, by native.ts; every error of the addon is
// made by it.
#include <napi.h>

#include <new>
#include <stdexcept>
#include <string_view>

#include "../../core/platform/simd/denormals.h"

namespace deeptype::addon {

// Thrown on the JavaScript thread only. Allocates nothing outside V8.
Napi::Error codedError(Napi::Env env, const char* code, std::string_view message);

// Checks that only concern memory: TypeScript has looked at the values before.
void require(Napi::Env env, bool condition, const char* message);

// Runs body; what it has no memory for becomes a coded JavaScript error.
template <class Body>
auto coded(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    throw codedError(env, "ERR_OUT_OF_MEMORY", "not enough memory");
  } catch (const std::length_error&) {
    throw codedError(env, "ERR_OUT_OF_MEMORY", "not enough memory");
  }
}

// The same for the core's arithmetic, with denormals flushed.
template <class Body>
auto guarded(Napi::Env env, Body body) -> decltype(body()) {
  const simd::Denormals flushed(simd::Denormals::Mode::flush);
  return coded(env, body);
}

}  // namespace deeptype::addon
