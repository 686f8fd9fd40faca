#pragma once
// Reads an object by the names of its properties. A value of another type, a name that an
// enumeration lacks and a property that nothing has read are refused, never defaulted.
#include <napi.h>

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../../core/platform/fields.h"
#include "values.h"

namespace deeptype::addon {

class Reader {
 public:
  explicit Reader(const Napi::Value& value) : object_(addon::object(value)) {}

  // Sets the members of a struct, see core/platform/fields.h.
  template <HasFields Fields>
  void into(Fields& fields) {
    fields.visitFields([&](const char* name, auto& member, auto isAccepted) {
      convert(get(name), name, member);
      require(object_.Env(), isAccepted(member), name);
    });
  }

  // A single property.
  template <class T>
  T read(const char* name) {
    T result{};
    convert(get(name), name, result);
    return result;
  }
  Napi::Value get(const char* name) {
    read_.emplace_back(name);
    return object_.Get(name);
  }

  // Throws ERR_INVALID_ARGUMENT for a property that nothing has read.
  void finish() const;

 private:
  static void convert(const Napi::Value& value, const char* name, bool& result) {
    require(value.Env(), value.IsBoolean(), name);
    result = value.As<Napi::Boolean>().Value();
  }
  static void convert(const Napi::Value& value, const char* name, std::string& result) {
    require(value.Env(), value.IsString(), name);
    result = value.As<Napi::String>().Utf8Value();
  }
  static void convert(const Napi::Value& value, const char* name, double& result) {
    result = number(value, name);
  }
  template <std::unsigned_integral Count>
  static void convert(const Napi::Value& value, const char* name, Count& result) {
    constexpr double kLargest = 9007199254740991.0;  // the integers that a double holds exactly
    constexpr auto kMost = static_cast<double>(std::numeric_limits<Count>::max());
    const double given = number(value, name);
    require(value.Env(), given >= 0 && given <= std::min(kMost, kLargest), name);
    result = static_cast<Count>(given);
  }
  template <class Enumeration>
  requires std::is_enum_v<Enumeration>
  static void convert(const Napi::Value& value, const char* name, Enumeration& result) {
    std::string wanted;
    convert(value, name, wanted);
    for (const auto& [known, variant] : namesOf(Enumeration{})) {
      if (known != wanted) continue;
      result = variant;
      return;
    }
    require(value.Env(), false, name);
  }
  template <HasFields Fields>
  static void convert(const Napi::Value& value, const char* name, Fields& result) {
    require(value.Env(), value.IsObject(), name);
    Reader reader(value);
    reader.into(result);
    reader.finish();
  }
  template <class T>
  static void convert(const Napi::Value& value, const char* name, std::optional<T>& result) {
    if (value.IsNull()) return;
    convert(value, name, result.emplace());
  }

  Napi::Object object_;
  std::vector<std::string_view> read_;
};

// All of a struct from an object that has nothing else.
template <HasFields Fields>
Fields readFields(const Napi::Value& value) {
  Fields result;
  Reader reader(value);
  reader.into(result);
  reader.finish();
  return result;
}

}  // namespace deeptype::addon
