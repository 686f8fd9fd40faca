#include "scaling.h"

#include <memory>

#include "../../core/math/finite.h"
#include "../../core/platform/threads.h"
#include "../convert/values.h"
#include "../handles/stop_handle.h"
#include "../jobs/job.h"

namespace deeptype::addon {
namespace {

unsigned threadsOf(const Napi::Value& value) {
  require(value.Env(), value.IsNumber(), "threads: a number was expected");
  const unsigned asked = value.As<Napi::Number>().Uint32Value();
  return asked > 0 ? asked : defaultThreads();
}

// Calls body with the elements of a Float32Array or a Float64Array.
template <class Body>
auto withElements(const Napi::Value& array, Body body) {
  if (isFloat64Array(array)) return body(std::span<const double>(elements<double>(array)));
  return body(std::span<const float>(elements<float>(array)));
}

Napi::Value toJs(Napi::Env env, const ColumnMoments& moments) {
  Napi::Object object = Napi::Object::New(env);
  object["mean"] = typedArray<double>(env, moments.mean);
  object["remainder"] = typedArray<double>(env, moments.remainder);
  object["deviation"] = typedArray<double>(env, moments.deviation);
  return object;
}

// `compute` on a thread of its own. The arrays lie in shared memory, which nobody can take away,
// and are kept until it has ended; `toJs` makes the value of the promise.
template <class Compute, class ToJs>
Napi::Value startOn(std::initializer_list<Napi::Value> arrays, const Napi::Value& stop,
                    Compute compute, ToJs toJs) {
  const Napi::Env env = arrays.begin()->Env();
  const Napi::Array owner = Napi::Array::New(env, arrays.size());
  std::uint32_t index = 0;
  for (const Napi::Value& array : arrays) {
    require(env, isShared(array), "an array in shared memory was expected");
    owner.Set(index++, array);
  }
  const auto work = [compute, toJs](const Watch&) -> Job::Finish {
    const auto result = std::make_shared<decltype(compute())>(compute());
    return [result, toJs](Napi::Env env) -> Napi::Value { return toJs(env, *result); };
  };
  return Job::start(Lane::lengthy, owner, stopOf(stop), work, env.Null(), [] {});
}

Napi::Value toBoolean(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }

// (data, threads, 0 for the default) -> whether all values are finite
Napi::Value runAllFinite(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const unsigned threads = threadsOf(info[1]);
    return withElements(info[0], [&]<class T>(std::span<const T> values) {
      return toBoolean(info.Env(), allFinite(values, threads));
    });
  });
}

Napi::Value runAllFiniteAsync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const unsigned threads = threadsOf(info[1]);
    return withElements(info[0], [&]<class T>(std::span<const T> values) {
      return startOn(
          {info[0]}, info[2], [=] { return allFinite(values, threads); }, toBoolean);
    });
  });
}

// (x) -> { mean, deviation }
Napi::Value runColumnMoments(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return toJs(info.Env(),
                withMatrix(info[0], []<class T>(View<const T> x) { return columnMoments(x); }));
  });
}

// (x, threads) -> { mean, deviation }
Napi::Value runColumnMomentsAsync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const unsigned threads = threadsOf(info[1]);
    return withMatrix(info[0], [&]<class T>(View<const T> x, Napi::Value array) {
      return startOn(
          {array}, info[2], [=] { return columnMoments(x, threads); }, toJs);
    });
  });
}

// (x, { mean, remainder, deviation }, out) -> whether all of it is finite
Napi::Value runStandardize(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ColumnMoments moments = readMoments(info[1]);
    return withMatrix(info[0], [&]<class T>(View<const T> x) {
      const MatrixView out = target(info[2], x.rows, x.columns);
      require(info.Env(), out.data && moments.mean.size() == x.columns,
              "standardize: the lengths do not fit");
      return toBoolean(info.Env(), Standardizer(moments).apply(x, out));
    });
  });
}

// (x, { mean, remainder, deviation }, out, threads) -> whether all of it is finite
Napi::Value runStandardizeAsync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ColumnMoments moments = readMoments(info[1]);
    const unsigned threads = threadsOf(info[3]);
    return withMatrix(info[0], [&]<class T>(View<const T> x, Napi::Value array) {
      const MatrixView out = target(info[2], x.rows, x.columns);
      require(info.Env(), out.data && moments.mean.size() == x.columns,
              "standardize: the lengths do not fit");
      const auto compute = [=, standardizer = Standardizer(moments)] {
        return standardizer.apply(x, out, threads);
      };
      return startOn({array, info[2]}, info[4], compute, toBoolean);
    });
  });
}

}  // namespace

ColumnMoments readMoments(const Napi::Value& value) {
  const Napi::Object moments = object(value);
  const Napi::Value arrays[] = {moments.Get("mean"), moments.Get("remainder"),
                                moments.Get("deviation")};  // getters first
  const auto copy = [](const Napi::Value& array) {
    const std::span<double> values = elements<double>(array);
    return std::vector<double>(values.begin(), values.end());
  };
  ColumnMoments read{copy(arrays[0]), copy(arrays[1]), copy(arrays[2])};
  require(value.Env(),
          read.remainder.size() == read.mean.size() && read.deviation.size() == read.mean.size(),
          "moments: the lengths do not fit");
  return read;
}

void defineScaling(Napi::Env env, Napi::Object exports) {
  exports["allFinite"] = Napi::Function::New<runAllFinite>(env, "allFinite");
  exports["allFiniteAsync"] = Napi::Function::New<runAllFiniteAsync>(env, "allFiniteAsync");
  exports["columnMoments"] = Napi::Function::New<runColumnMoments>(env, "columnMoments");
  exports["columnMomentsAsync"] =
      Napi::Function::New<runColumnMomentsAsync>(env, "columnMomentsAsync");
  exports["standardize"] = Napi::Function::New<runStandardize>(env, "standardize");
  exports["standardizeAsync"] = Napi::Function::New<runStandardizeAsync>(env, "standardizeAsync");
}

}  // namespace deeptype::addon
