#include "linear.h"

#include "../../core/linear/elastic_net.h"
#include "../../core/linear/ridge.h"
#include "../convert/values.h"
#include "../handles/stop_handle.h"
#include "../jobs/job.h"

namespace deeptype::addon {
namespace {

using linear::Design;
using linear::ElasticNetFit;
using linear::Target;

// What every call begins with: (x, y (T, N), { intercept, threads, ... }). The table is copied
// here, column by column, so that a job needs nothing of the caller's.
struct Input {
  Design x;
  std::vector<Target> targets;
  unsigned threads;
};

Input readInput(const Napi::CallbackInfo& info) {
  const Napi::Object options = object(info[2]);
  const bool centred = boolean(options, "intercept");
  const unsigned threads = static_cast<unsigned>(size(options, "threads"));
  return withMatrix(info[0], [&]<class T>(View<const T> x) {
    const std::span<double> y = elements<double>(info[1]);
    require(info.Env(), !y.empty() && y.size() % x.rows == 0, "y: the length does not fit");
    std::vector<Target> targets;
    for (std::size_t first = 0; first < y.size(); first += x.rows)
      targets.emplace_back(y.subspan(first, x.rows), centred);
    Input input{Design(x, centred), std::move(targets), threads};
    if (!linear::allFinite(input.x, input.targets)) {
      throw codedError(info.Env(), "ERR_NON_FINITE_INPUT",
                       "X, y: expected values whose squares add up within float64");
    }
    return input;
  });
}

// ---- elastic net

struct Path {
  Input input;
  linear::Alphas alphas;
  linear::ElasticNetOptions options;

  std::vector<ElasticNetFit> run(const StopFlag* stop) const {
    return linear::elasticNetPath(input.x, input.targets[0], alphas, options, stop);
  }
};

// (x, y, { alphas, areShares, l1Ratio, tolerance, maxIterations, ... })
std::shared_ptr<Path> readPath(const Napi::CallbackInfo& info) {
  const Napi::Object given = object(info[2]);
  linear::ElasticNetOptions options;
  options.l1Ratio = number(given, "l1Ratio");
  options.tolerance = number(given, "tolerance");
  options.maxIterations = size(given, "maxIterations");
  options.threads = static_cast<unsigned>(size(given, "threads"));
  const std::span<double> alphas = elements<double>(given.Get("alphas"));
  linear::Alphas copy{{alphas.begin(), alphas.end()}, boolean(given, "areShares")};
  return std::make_shared<Path>(Path{readInput(info), std::move(copy), options});
}

Napi::Value toJs(Napi::Env env, const Path& path, const std::vector<ElasticNetFit>& fits) {
  Napi::Array array = Napi::Array::New(env, fits.size());
  for (std::uint32_t s = 0; s < fits.size(); ++s) {
    const ElasticNetFit& fit = fits[s];
    Napi::Object object = Napi::Object::New(env);
    object["coefficients"] = typedArray<double>(env, fit.coefficients);
    object["intercept"] = Napi::Number::New(
        env, linear::interceptOf(path.input.x, path.input.targets[0], fit.coefficients) + 0.0);
    object["alpha"] = Napi::Number::New(env, fit.alpha);
    object["gap"] = Napi::Number::New(env, fit.gap);
    object["iterations"] = Napi::Number::New(env, static_cast<double>(fit.iterations));
    object["converged"] = Napi::Boolean::New(env, fit.converged);
    array[s] = object;
  }
  return array;
}

// ---- ridge

struct Ridge {
  Input input;
  double alpha;

  linear::RidgeFit run(const StopFlag* stop) const {
    return linear::ridge(input.x, input.targets, alpha, input.threads, stop);
  }
};

// (x, y, { alpha, ... })
std::shared_ptr<Ridge> readRidge(const Napi::CallbackInfo& info) {
  const double alpha = number(object(info[2]), "alpha");
  return std::make_shared<Ridge>(Ridge{readInput(info), alpha});
}

// { coefficients (T, D), intercepts (T) }, or null where the system is not definite
Napi::Value toJs(Napi::Env env, const Ridge& ridge, const linear::RidgeFit& fit) {
  if (!fit.definite) return env.Null();
  std::vector<double> coefficients, intercepts;
  for (std::size_t t = 0; t < fit.coefficients.size(); ++t) {
    const std::vector<double>& w = fit.coefficients[t];
    for (const double v : w) coefficients.push_back(v + 0.0);  // -0 + 0 is 0
    intercepts.push_back(linear::interceptOf(ridge.input.x, ridge.input.targets[t], w) + 0.0);
  }
  Napi::Object object = Napi::Object::New(env);
  object["coefficients"] = typedArray<double>(env, coefficients);
  object["intercepts"] = typedArray<double>(env, intercepts);
  return object;
}

// ---- a task read by Read, run here or on a thread of its own

template <auto Read>
Napi::Value runHere(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto task = Read(info);
    return toJs(info.Env(), *task, task->run(nullptr));
  });
}

// (..., stop?) -> a promise
template <auto Read>
Napi::Value runAsync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto task = Read(info);
    const auto work = [task](const Watch& watch) -> Job::Finish {
      const auto result = std::make_shared<decltype(task->run(nullptr))>(task->run(&watch.stop));
      checkStop();
      return [task, result](Napi::Env env) { return toJs(env, *task, *result); };
    };
    return Job::start(Lane::lengthy, Napi::Object::New(info.Env()), stopOf(info[3]), work,
                      info.Env().Null(), [] {});
  });
}

// (x, y, { intercept, threads }) -> max_j |x_j'y| / N
Napi::Value runAlphaMax(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Input input = readInput(info);
    return Napi::Number::New(info.Env(), linear::alphaMax(input.x, input.targets[0]));
  });
}

}  // namespace

void defineLinear(Napi::Env env, Napi::Object exports) {
  exports["elasticNet"] = Napi::Function::New<runHere<readPath>>(env, "elasticNet");
  exports["elasticNetAsync"] = Napi::Function::New<runAsync<readPath>>(env, "elasticNetAsync");
  exports["ridge"] = Napi::Function::New<runHere<readRidge>>(env, "ridge");
  exports["ridgeAsync"] = Napi::Function::New<runAsync<readRidge>>(env, "ridgeAsync");
  exports["linearAlphaMax"] = Napi::Function::New<runAlphaMax>(env, "linearAlphaMax");
}

}  // namespace deeptype::addon
