#include "errors.h"

#include "../jobs/environment.h"

namespace deeptype::addon {

Napi::Error codedError(Napi::Env env, const char* code, std::string_view message) {
  const Napi::FunctionReference& factory = Environment::of(env).errorFactory();
  const Napi::String text = Napi::String::New(env, message.data(), message.size());
  if (factory.IsEmpty()) return Napi::Error::New(env, std::string(code) + ": " + text.Utf8Value());
  const Napi::Value error = factory.Value().Call({Napi::String::New(env, code), text});
  return Napi::Error(env, error);
}

void require(Napi::Env env, bool condition, const char* message) {
  if (!condition) throw codedError(env, "ERR_INVALID_ARGUMENT", message);
}

}  // namespace deeptype::addon
