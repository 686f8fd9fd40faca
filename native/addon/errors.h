#pragma once
// Coded errors. The JavaScript class is handed over once, by native.ts; every error of the addon is
// made by it.
#include <napi.h>

#include <new>
#include <stdexcept>

#include "../core/simd/denormals.h"

namespace deeptype::addon {

// Thrown on the JavaScript thread only.
Napi::Error codedError(Napi::Env env, const char* code, const std::string& message);

// Checks that only concern memory: TypeScript has looked at the values before.
void require(Napi::Env env, bool condition, const char* message);

// Runs body, the core's arithmetic, with denormals flushed; turns C++ exceptions into coded
// JavaScript ones.
template <class Body>
auto guarded(Napi::Env env, Body body) -> decltype(body()) {
  const simd::Denormals flushed(simd::Denormals::Mode::flush);
  try {
    return body();
  } catch (const std::bad_alloc&) {
    throw codedError(env, "ERR_OUT_OF_MEMORY", "not enough memory");
  } catch (const std::length_error&) {
    throw codedError(env, "ERR_OUT_OF_MEMORY", "not enough memory");
  }
}

}  // namespace deeptype::addon
