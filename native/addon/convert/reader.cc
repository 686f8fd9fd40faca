#include "reader.h"

#include <algorithm>

namespace deeptype::addon {

void Reader::finish() const {
  const Napi::Env env = object_.Env();
  napi_value own = nullptr;
  const napi_status status = napi_get_all_property_names(
      env, object_, napi_key_own_only, napi_key_skip_symbols, napi_key_numbers_to_strings, &own);
  if (status != napi_ok) throw Napi::Error::New(env);
  const Napi::Array names(env, own);
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = Napi::Value(names.Get(i)).As<Napi::String>().Utf8Value();
    if (std::find(read_.begin(), read_.end(), name) != read_.end()) continue;
    throw codedError(env, "ERR_INVALID_ARGUMENT", name + ": not an option of the native core");
  }
}

}  // namespace deeptype::addon
