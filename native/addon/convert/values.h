#pragma once
// JavaScript values to the core's and back. Only what would corrupt memory is checked here.
#include <napi.h>

#include <string>
#include <type_traits>
#include <vector>

#include "../../core/math/matrix.h"
#include "errors.h"

namespace deeptype::addon {

inline Napi::Value field(const Napi::Object& object, const char* name) { return object.Get(name); }

inline double number(const Napi::Object& object, const char* name) {
  const Napi::Value value = field(object, name);
  require(object.Env(), value.IsNumber(), name);
  return value.As<Napi::Number>().DoubleValue();
}

inline std::size_t size(const Napi::Object& object, const char* name) {
  const double value = number(object, name);
  require(object.Env(), value >= 0 && value <= 9007199254740991.0, name);
  return static_cast<std::size_t>(value);
}

inline bool boolean(const Napi::Object& object, const char* name) {
  const Napi::Value value = field(object, name);
  require(object.Env(), value.IsBoolean(), name);
  return value.As<Napi::Boolean>().Value();
}

inline std::string string(const Napi::Object& object, const char* name) {
  const Napi::Value value = field(object, name);
  require(object.Env(), value.IsString(), name);
  return value.As<Napi::String>().Utf8Value();
}

// An argument; never converted, which might run the caller's code.
inline double number(const Napi::Value& value, const char* name) {
  require(value.Env(), value.IsNumber(), name);
  return value.As<Napi::Number>().DoubleValue();
}

inline unsigned threadsOf(const Napi::Value& value) {
  require(value.Env(), value.IsNumber(), "threads");
  return value.As<Napi::Number>().Uint32Value();
}

inline Napi::Object object(const Napi::Value& value) {
  require(value.Env(), value.IsObject(), "an object was expected");
  return value.As<Napi::Object>();
}

template <class T>
constexpr napi_typedarray_type kArrayType = napi_float32_array;
template <>
inline constexpr napi_typedarray_type kArrayType<double> = napi_float64_array;
template <>
inline constexpr napi_typedarray_type kArrayType<std::int32_t> = napi_int32_array;
template <>
inline constexpr napi_typedarray_type kArrayType<std::uint8_t> = napi_uint8_array;

// The elements of a typed array of exactly type T; honours byteOffset.
template <class T>
std::span<T> elements(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  require(env, value.IsTypedArray(), "a typed array was expected");
  napi_typedarray_type type{};
  std::size_t length = 0;
  void* data = nullptr;
  require(env,
          napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) == napi_ok,
          "a typed array was expected");
  require(env, type == kArrayType<T>, "a typed array of another type was expected");
  return {static_cast<T*>(data), length};
}

inline bool isFloat64Array(const Napi::Value& value) {
  return value.IsTypedArray() &&
         value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array;
}

// Whether the typed array lies in a SharedArrayBuffer, which nobody can detach.
inline bool isShared(const Napi::Value& array) {
  napi_value buffer = nullptr;
  bool ordinary = true;
  napi_get_typedarray_info(array.Env(), array, nullptr, nullptr, nullptr, &buffer, nullptr);
  return buffer && napi_is_arraybuffer(array.Env(), buffer, &ordinary) == napi_ok && !ordinary;
}

// { data, rows, columns } with data of exactly rows * columns elements; `from` receives the array.
template <class T>
View<const T> matrix(const Napi::Value& value, Napi::Value* from = nullptr) {
  const Napi::Object source = object(value);
  const std::size_t rows = size(source, "rows");
  const std::size_t columns = size(source, "columns");
  const Napi::Value array = source.Get("data");
  const std::span<T> data = elements<T>(array);  // last: a getter may detach a buffer
  require(value.Env(), rows > 0 && columns > 0, "data: no rows or no columns");
  require(value.Env(), data.size() / columns == rows && data.size() % columns == 0,
          "data: the length is not rows * columns");
  if (from) *from = array;
  return {data.data(), rows, columns};
}

// Calls body with a View<const float> or View<const double>, by the type of value.data, and with
// that array where it takes one.
template <class Body>
auto withMatrix(const Napi::Value& value, Body body) {
  const auto call = [&]<class T>(View<const T> x, Napi::Value array) {
    if constexpr (std::is_invocable_v<Body, View<const T>>) {
      return body(x);
    } else {
      return body(x, array);
    }
  };
  Napi::Value array;
  if (isFloat64Array(object(value).Get("data"))) {
    const View<const double> x = matrix<double>(value, &array);
    return call(x, array);
  }
  const View<const float> x = matrix<float>(value, &array);
  return call(x, array);
}

inline bool isInt32Array(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
}

// A caller's array to fill, or an empty view for null.
inline MatrixView target(const Napi::Value& value, std::size_t rows, std::size_t columns) {
  if (value.IsNull() || value.IsUndefined()) return {};
  const std::span<float> data = elements<float>(value);
  require(value.Env(), data.size() == rows * columns, "out: the length does not fit");
  return {data.data(), rows, columns};
}

// A typed array of zeros. A large one is made by JavaScript's constructor, which throws where there
// is no memory; Node-API ends the process.
template <class T>
Napi::Value newArray(Napi::Env env, std::size_t length) {
  constexpr std::size_t kLarge = std::size_t{1} << 16;
  if (length < kLarge) return Napi::TypedArrayOf<T>::New(env, length, kArrayType<T>);
  const char* const name = kArrayType<T> == napi_float32_array   ? "Float32Array"
                           : kArrayType<T> == napi_float64_array ? "Float64Array"
                                                                 : "Int32Array";
  const Napi::Value constructor = env.Global().Get(name);
  require(env, constructor.IsFunction(), name);
  try {
    return constructor.As<Napi::Function>().New(
        {Napi::Number::New(env, static_cast<double>(length))});
  } catch (const Napi::Error&) {
    throw codedError(env, "ERR_OUT_OF_MEMORY", "not enough memory for the result");
  }
}

template <class T, class Source>
Napi::Value typedArray(Napi::Env env, const Source& source) {
  const Napi::Value array = newArray<T>(env, source.size());
  const std::span<T> values = elements<T>(array);
  require(env, values.size() == source.size(), "a typed array of another length came");
  std::copy(source.begin(), source.end(), values.begin());
  return array;
}

// Wrapped objects carry their class's tag, so that a handle of another class is refused.
template <class Handle>
Handle& unwrap(const Napi::Value& value) {
  const Napi::Object wrapped = object(value);
  require(value.Env(), wrapped.CheckTypeTag(&Handle::kTag), "a native handle of another kind came");
  return *Handle::Unwrap(wrapped);
}

}  // namespace deeptype::addon
