#include "network_handle.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "../../core/backends/cpu/inference.h"
#include "../../core/math/norms.h"
#include "../convert/parameters.h"
#include "../convert/values.h"
#include "../functions/scaling.h"
#include "../jobs/inference_call.h"
#include "../jobs/job.h"
#include "stop_handle.h"

namespace deeptype::addon {
namespace {

// The caller's arrays: the representation; the outputs, or winners where they are integers.
Inferred targets(const Layout& layout, std::size_t rows, const Napi::Value& representation,
                 const Napi::Value& outputs) {
  Inferred to{target(representation, rows, layout.representation())};
  if (isInt32Array(outputs)) {
    to.winners = elements<std::int32_t>(outputs);
    require(outputs.Env(), to.winners.size() == rows, "out: the length does not fit");
  } else {
    to.outputs = target(outputs, rows, layout.outputs());
  }
  return to;
}

// Weights and biases of such layers; those of a skip connection aside.
std::uint64_t parametersOf(std::span<const std::size_t> widths) {
  std::uint64_t count = 0;
  for (std::size_t l = 1; l < widths.size(); ++l) count += (widths[l - 1] + 1) * widths[l];
  return count;
}

}  // namespace

Napi::Function NetworkHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NetworkHandle",
      {
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::infer>>("infer"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::draw>>("draw"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::setScaler>>("setScaler"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::inferRaw>>("inferRaw"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::inferAsync>>("inferAsync"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::readParameters>>("readParameters"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::writeParameters>>("writeParameters"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::inputNorms>>("inputNorms"),
          InstanceMethod<&NetworkHandle::entry<&NetworkHandle::dispose>>("dispose"),
      });
}

NetworkHandle::NetworkHandle(const Napi::CallbackInfo& info)
    : Handle(info), memory_(info.Env(), *this) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    const Napi::Object options = object(info[0]);
    const Napi::Value list = options.Get("widths");
    require(env, list.IsArray(), "widths");
    std::vector<std::size_t> widths;
    for (std::uint32_t i = 0; i < list.As<Napi::Array>().Length(); ++i) {
      const Napi::Value width = list.As<Napi::Array>().Get(i);
      const double value = width.IsNumber() ? width.As<Napi::Number>().DoubleValue() : 0;
      require(env, value >= 1 && value <= (1 << 24) && value == std::floor(value), "widths");
      widths.push_back(width.As<Napi::Number>().Int64Value());
    }
    require(env, widths.size() >= 3, "widths: inputs, hidden and outputs are needed");
    makeRoom(env, parametersOf(widths) * sizeof(float));
    const Activation* activation = findActivation(string(options, "activation"));
    require(env, activation != nullptr, "activation");
    const bool skip = boolean(options, "skip");
    const auto drawn = [&] {
      const Initialization init{number(options, "initDeviation"), size(options, "seed")};
      return Network(std::move(widths), *activation, init, skip);
    };
    shared_ = std::make_shared<SharedNetwork>(
        options.Get("initDeviation").IsNull() ? Network::zeros(std::move(widths), *activation, skip)
                                              : drawn());
    memory_.set(shared_->network.parameters().size() * sizeof(float));
  });
  Value().TypeTag(&kTag);
}

const std::shared_ptr<SharedNetwork>& NetworkHandle::idle(Napi::Env env) const {
  if (!shared_) throw codedError(env, "ERR_DISPOSED", "the network was disposed");
  if (shared_->busy) throw codedError(env, "ERR_BUSY", "the network is being trained");
  return shared_;
}

void NetworkHandle::infer(const Napi::CallbackInfo& info) {
  const ConstMatrixView x = matrix<float>(info[0]);
  SharedNetwork& shared = *idle(info.Env());
  const Layout& layout = shared.network.layout();
  require(info.Env(), x.columns == layout.inputs(), "x: another number of columns was expected");
  const Inferred to = targets(layout, x.rows, info[1], info[2]);
  const unsigned threads = threadsOf(info[3]);
  guarded(info.Env(), [&] { deeptype::infer(shared.network, shared.workspace, x, to, threads); });
}

void NetworkHandle::draw(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Napi::Object options = object(info[0]);
    Initialization init{number(options, "initDeviation"), size(options, "seed")};
    const std::span<std::int32_t> unused = elements<std::int32_t>(options.Get("unused"));
    SharedNetwork& shared = *idle(info.Env());
    if (shared.readers > 0) throw codedError(info.Env(), "ERR_BUSY", "the network is being read");
    std::int64_t last = -1;
    for (const std::int32_t j : unused) {
      require(info.Env(),
              j > last && static_cast<std::size_t>(j) < shared.network.layout().inputs(),
              "unused: ascending inputs were expected");
      init.unused.push_back(static_cast<std::uint32_t>(last = j));
    }
    shared.network.draw(init);
  });
}

void NetworkHandle::setScaler(const Napi::CallbackInfo& info) {
  SharedNetwork& shared = *idle(info.Env());
  guarded(info.Env(), [&] {
    const ColumnMoments moments = readMoments(info[0]);
    require(info.Env(), moments.mean.size() == shared.network.layout().inputs(),
            "scaler: the lengths do not fit");
    shared.standardizer.emplace(moments);
  });
}

Napi::Value NetworkHandle::inferRaw(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  SharedNetwork& shared = *idle(env);
  const Layout& layout = shared.network.layout();
  const double count = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : 0;
  require(env, count >= 1 && count <= 4294967295.0, "rows");
  const auto rows = static_cast<std::size_t>(count);
  const unsigned threads = threadsOf(info[4]);
  const Inferred to = targets(layout, rows, info[2], info[3]);
  const auto run = [&]<class T>(std::span<T> values) {
    require(env, values.size() / layout.inputs() == rows && values.size() % layout.inputs() == 0,
            "values: the length does not fit");
    const View<const T> x(values.data(), rows, layout.inputs());
    return guarded(env, [&] {
      return deeptype::inferRaw(shared.network, shared.workspace, shared.scaler(), shared.scratch,
                                x, to, threads);
    });
  };
  const bool isFinite =
      isFloat64Array(info[0]) ? run(elements<double>(info[0])) : run(elements<float>(info[0]));
  return Napi::Boolean::New(env, isFinite);
}

Napi::Value NetworkHandle::inferAsync(const Napi::CallbackInfo& info) {
  idle(info.Env());
  return guarded(info.Env(), [&]() -> Napi::Value {
    return isFloat64Array(info[0]) ? startInference<double>(info) : startInference<float>(info);
  });
}

template <class T>
Napi::Value NetworkHandle::startInference(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto call =
      std::make_shared<InferenceCall<T>>(shared_, info[1], info[0], threadsOf(info[2]));
  const auto work = [call](const Watch&) -> Job::Finish {
    call->run();
    return [call](Napi::Env env) { return call->toJs(env); };
  };
  const Napi::Promise promise = Job::start(Lane::brief, Value(), stopOf(info[3]), work, env.Null(),
                                           [network = shared_] { --network->readers; });
  ++shared_->readers;
  return promise;
}

void NetworkHandle::readParameters(const Napi::CallbackInfo& info) {
  const auto arrays = parameterArrays(idle(info.Env())->network.layout(), info[0]);
  const Network& network = idle(info.Env())->network;
  exportParameters(network.layout(), network.parameters(), arrays);
}

void NetworkHandle::writeParameters(const Napi::CallbackInfo& info) {
  const auto arrays = parameterArrays(idle(info.Env())->network.layout(), info[0]);
  SharedNetwork& shared = *idle(info.Env());
  if (shared.readers > 0) throw codedError(info.Env(), "ERR_BUSY", "the network is being read");
  importParameters(shared.network.layout(), arrays, shared.network.parameters());
}

void NetworkHandle::inputNorms(const Napi::CallbackInfo& info) {
  const ConstMatrixView w = std::as_const(idle(info.Env())->network).groups();
  const std::span<float> out = elements<float>(info[0]);
  require(info.Env(), out.size() == w.rows, "out: the length does not fit");
  for (std::size_t j = 0; j < w.rows; ++j) out[j] = static_cast<float>(l2Norm(w.rowSpan(j)));
}

void NetworkHandle::dispose(const Napi::CallbackInfo&) { freeMemory(); }

void NetworkHandle::freeMemory() {
  shared_.reset();
  memory_.set(0);
}

}  // namespace deeptype::addon
