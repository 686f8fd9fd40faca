#include "errors.h"

#include "environment.h"

namespace deeptype::addon {

Napi::Error codedError(Napi::Env env, const char* code, const std::string& message) {
  const Napi::FunctionReference& factory = Environment::of(env).errorFactory();
  if (factory.IsEmpty()) return Napi::Error::New(env, std::string(code) + ": " + message);
  const Napi::Value error =
      factory.Value().Call({Napi::String::New(env, code), Napi::String::New(env, message)});
  return Napi::Error(env, error);
}

void require(Napi::Env env, bool condition, const char* message) {
  if (!condition) throw codedError(env, "ERR_INVALID_ARGUMENT", message);
}

}  // namespace deeptype::addon
