#include "functions.h"

#include <cstring>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "../../core/backends/cpu/gemm/gemm.h"
#include "../../core/backends/cpu/kmeans/kmeans.h"
#include "../../core/backends/cpu/silhouette.h"
#include "../../core/platform/memory.h"
#include "../../core/platform/memory_limit.h"
#include "../../core/platform/simd/simd.h"
#include "../../core/platform/threads.h"
#include "../convert/external_memory.h"
#include "../convert/values.h"
#include "../handles/stop_handle.h"
#include "../jobs/job.h"

namespace deeptype::addon {
namespace {

// ---- K-means

struct KMeansInput {
  // One of both; the caller's own for a synchronous call, else of the copies.
  View<const float> x;
  View<const double> x64;
  Buffer<float> copy;
  Buffer<double> copy64;
  Buffer<double> start;
  KMeansOptions options;

  KMeansResult run() const { return x.data ? kmeans(x, options) : kmeans(x64, options); }
};

enum class Rows { inPlace, copied };

// The rows of a call, as they are or copied.
template <class T>
View<const T> keep(View<const T> x, Rows rows, Buffer<T>& copy) {
  if (rows == Rows::inPlace) return x;
  copy.resize(x.size());
  std::memcpy(copy.data(), x.data, x.size() * sizeof(T));
  return std::as_const(copy).view(x.rows, x.columns);
}

// ({ data, rows, columns }, { clusters, init, start | null, restarts, maxIterations, tolerance,
// seed, threads, mlKMeansRules, inertias })
// `from` receives the array of the rows, which is read in place if it is shared.
std::shared_ptr<KMeansInput> readKMeans(const Napi::CallbackInfo& info, Rows rows,
                                        Napi::Value& from) {
  const auto input = std::make_shared<KMeansInput>();
  const Napi::Object given = object(info[1]);
  KMeansOptions& options = input->options;
  options.clusters = size(given, "clusters");
  const std::string init = string(given, "init");
  if (init == "given") {
    const View<const double> start = matrix<double>(given.Get("start"));
    input->start.copyFrom({start.data, start.size()});
    options.init = KMeansInit::given;
    options.start = std::as_const(input->start).view(start.rows, start.columns);
  } else {
    require(info.Env(), init == "random" || init == "k-means++", "init: the name is not known");
    options.init = init == "random" ? KMeansInit::random : KMeansInit::plusPlus;
  }
  options.restarts = static_cast<unsigned>(size(given, "restarts"));
  options.maxIterations = static_cast<unsigned>(size(given, "maxIterations"));
  options.tolerance = number(given, "tolerance");
  options.seed = size(given, "seed");
  options.threads = static_cast<unsigned>(size(given, "threads"));
  options.mlKMeansRules = field(given, "mlKMeansRules").ToBoolean();
  options.recordInertias = field(given, "inertias").ToBoolean();
  // Last: a getter of the options may detach a buffer.
  withMatrix(info[0], [&]<class T>(View<const T> x, Napi::Value array) {
    from = array;
    if (isShared(array)) rows = Rows::inPlace;
    if constexpr (std::is_same_v<T, double>) {
      input->x64 = keep(x, rows, input->copy64);
    } else {
      input->x = keep(x, rows, input->copy);
    }
    require(info.Env(), options.clusters > 0 && options.clusters <= x.rows, "clusters");
    const bool fits = options.start.rows == options.clusters && options.start.columns == x.columns;
    require(info.Env(), options.init != KMeansInit::given || fits, "start");
  });
  return input;
}

Napi::Value toJs(Napi::Env env, const KMeansResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object["labels"] = typedArray<std::int32_t>(env, result.labels);
  object["centroids"] = typedArray<double>(env, result.centroids);
  object["inertias"] = typedArray<double>(env, result.inertias);
  object["inertia"] = Napi::Number::New(env, result.inertia);
  object["iterations"] = Napi::Number::New(env, result.iterations);
  object["converged"] = Napi::Boolean::New(env, result.converged);
  object["settled"] = Napi::Boolean::New(env, result.settled);
  return object;
}

Napi::Value runKMeans(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Napi::Value array;
    return toJs(info.Env(), readKMeans(info, Rows::inPlace, array)->run());
  });
}

Napi::Value runKMeansAsync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Value array;  // kept while it is worked on: it may be read in place
    const auto input = readKMeans(info, Rows::copied, array);
    const auto work = [input](const Watch&) -> Job::Finish {
      const auto result = std::make_shared<KMeansResult>(input->run());
      return [result](Napi::Env env) { return toJs(env, *result); };
    };
    return Job::start(Lane::lengthy, array.As<Napi::Object>(), stopOf(info[2]), work,
                      info.Env().Null(), [] {});
  });
}

// (x, centroids in float64, labels to fill, threads) -> inertia
Napi::Value runAssign(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const unsigned threads = threadsOf(info[3]);
    const View<const double> given = matrix<double>(info[1]);
    // Copied: a getter of x may detach a buffer.
    Buffer<double> copy;
    copy.copyFrom({given.data, given.size()});
    const View<const double> centroids = std::as_const(copy).view(given.rows, given.columns);
    const double inertia = withMatrix(info[0], [&]<class T>(View<const T> x) {
      const std::span<std::int32_t> labels = elements<std::int32_t>(info[2]);
      require(info.Env(),
              labels.size() == x.rows && centroids.columns == x.columns && centroids.rows > 0,
              "assign: the shapes do not fit");
      return assignNearest(x, centroids, labels.data(), threads);
    });
    return Napi::Number::New(info.Env(), inertia);
  });
}

// ---- silhouettes

struct SilhouetteInput {
  View<const float> x;  // one of both
  View<const double> x64;
  Buffer<float> copy;
  Buffer<double> copy64;
  std::vector<std::int32_t> labels, rows;
  std::size_t clusters = 0;
  unsigned threads = 1;

  std::vector<double> run() const {
    return x.data ? silhouettes(x, labels.data(), clusters, rows, threads)
                  : silhouettes(x64, labels.data(), clusters, rows, threads);
  }
};

// (x, labels, clusters, threads, rows | null); `from` receives the array of x.
std::shared_ptr<SilhouetteInput> readSilhouette(const Napi::CallbackInfo& info, Rows rows,
                                                Napi::Value& from) {
  const auto input = std::make_shared<SilhouetteInput>();
  require(info.Env(), info[2].IsNumber() && info[3].IsNumber(), "silhouette: numbers expected");
  input->clusters = info[2].As<Napi::Number>().Uint32Value();
  input->threads = info[3].As<Napi::Number>().Uint32Value();
  withMatrix(info[0], [&]<class T>(View<const T> x, Napi::Value array) {
    from = array;
    if (isShared(array)) rows = Rows::inPlace;
    const std::span<std::int32_t> labels = elements<std::int32_t>(info[1]);
    require(info.Env(), labels.size() == x.rows, "silhouette: the lengths do not fit");
    input->labels.assign(labels.begin(), labels.end());
    for (const std::int32_t label : input->labels)
      require(info.Env(), label >= 0 && static_cast<std::size_t>(label) < input->clusters,
              "silhouette: a label is out of range");
    if (info[4].IsTypedArray()) {
      const std::span<std::int32_t> chosen = elements<std::int32_t>(info[4]);
      input->rows.assign(chosen.begin(), chosen.end());
    }
    for (const std::int32_t row : input->rows)
      require(info.Env(), row >= 0 && static_cast<std::size_t>(row) < x.rows,
              "silhouette: a row is out of range");
    if constexpr (std::is_same_v<T, double>) {
      input->x64 = keep(x, rows, input->copy64);
    } else {
      input->x = keep(x, rows, input->copy);
    }
  });
  return input;
}

Napi::Value runSilhouette(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Napi::Value array;
    return typedArray<double>(info.Env(), readSilhouette(info, Rows::inPlace, array)->run());
  });
}

Napi::Value runSilhouetteAsync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Value array;  // kept while it is worked on: it may be read in place
    const auto input = readSilhouette(info, Rows::copied, array);
    const auto work = [input](const Watch&) -> Job::Finish {
      const auto result = std::make_shared<std::vector<double>>(input->run());
      return [result](Napi::Env env) { return typedArray<double>(env, *result); };
    };
    return Job::start(Lane::lengthy, array.As<Napi::Object>(), stopOf(info[5]), work,
                      info.Env().Null(), [] {});
  });
}

Napi::Value machine(const Napi::CallbackInfo& info) {
  Napi::Object object = Napi::Object::New(info.Env());
  object["threads"] = Napi::Number::New(info.Env(), defaultThreads());
  object["memory"] = Napi::Number::New(info.Env(), static_cast<double>(memoryLimit()));
  object["availableMemory"] = Napi::Number::New(info.Env(), static_cast<double>(availableMemory()));
  object["bf16"] = Napi::Boolean::New(info.Env(), bf16Available());
  object["simd"] = Napi::String::New(info.Env(), simd::name(simd::level()));
  object["bestSimd"] = Napi::String::New(info.Env(), simd::name(simd::bestLevel()));
  object["wantedSimd"] = Napi::String::New(info.Env(), simd::wantedLevel());
  return object;
}

// (bytes): lets V8 collect where there are not so many left
void makeRoomFor(const Napi::CallbackInfo& info) {
  makeRoom(info.Env(), static_cast<std::uint64_t>(number(info[0], "bytes")));
}

// () -> bytes outside the heap that are reported to V8, array buffers included
Napi::Value externalMemory(const Napi::CallbackInfo& info) {
  const std::int64_t bytes = Napi::MemoryManagement::AdjustExternalMemory(info.Env(), 0);
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

// () -> bytes that malloc has handed out and not got back, in all its arenas, and those of our
// large blocks; undefined where the C library does not say
Napi::Value allocatedMemory(const Napi::CallbackInfo& info) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 all = mallinfo2();
  return Napi::Number::New(info.Env(),
                           static_cast<double>(all.uordblks + all.hblkhd + mappedBytes()));
#else
  return info.Env().Undefined();
#endif
}

}  // namespace

void defineFunctions(Napi::Env env, Napi::Object exports) {
  exports["kmeans"] = Napi::Function::New<runKMeans>(env, "kmeans");
  exports["kmeansAsync"] = Napi::Function::New<runKMeansAsync>(env, "kmeansAsync");
  exports["assign"] = Napi::Function::New<runAssign>(env, "assign");
  exports["silhouette"] = Napi::Function::New<runSilhouette>(env, "silhouette");
  exports["silhouetteAsync"] = Napi::Function::New<runSilhouetteAsync>(env, "silhouetteAsync");
  exports["externalMemory"] = Napi::Function::New<externalMemory>(env, "externalMemory");
  exports["allocatedMemory"] = Napi::Function::New<allocatedMemory>(env, "allocatedMemory");
  exports["makeRoom"] = Napi::Function::New<makeRoomFor>(env, "makeRoom");
  exports["machine"] = Napi::Function::New<machine>(env, "machine");
}

}  // namespace deeptype::addon
