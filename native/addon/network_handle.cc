#include "network_handle.h"

#include "../core/inference.h"
#include "../core/penalties/penalty.h"
#include "parameters.h"
#include "values.h"

namespace deeptype::addon {

Napi::Function NetworkHandle::define(Napi::Env env) {
  return DefineClass(env, "NetworkHandle",
                     {
                         InstanceMethod<&NetworkHandle::infer>("infer"),
                         InstanceMethod<&NetworkHandle::readParameters>("readParameters"),
                         InstanceMethod<&NetworkHandle::writeParameters>("writeParameters"),
                         InstanceMethod<&NetworkHandle::inputNorms>("inputNorms"),
                         InstanceMethod<&NetworkHandle::dispose>("dispose"),
                     });
}

NetworkHandle::NetworkHandle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    const Napi::Object options = object(info[0]);
    const Napi::Value list = options.Get("widths");
    require(env, list.IsArray(), "widths");
    std::vector<std::size_t> widths;
    for (std::uint32_t i = 0; i < list.As<Napi::Array>().Length(); ++i) {
      const Napi::Value width = list.As<Napi::Array>().Get(i);
      require(env, width.IsNumber() && width.As<Napi::Number>().DoubleValue() >= 1, "widths");
      widths.push_back(width.As<Napi::Number>().Int64Value());
    }
    require(env, widths.size() >= 3, "widths: inputs, hidden and outputs are needed");
    const Activation* activation = findActivation(string(options, "activation"));
    require(env, activation != nullptr, "activation");
    const Initialization init{number(options, "initDeviation"), size(options, "seed")};
    shared_ = std::make_shared<SharedNetwork>(Network(std::move(widths), *activation, init));
  });
  Value().TypeTag(&kTag);
}

SharedNetwork& NetworkHandle::idle(Napi::Env env) const {
  if (!shared_) throw codedError(env, "ERR_DISPOSED", "the network was disposed");
  if (shared_->busy) throw codedError(env, "ERR_BUSY", "the network is being trained");
  return *shared_;
}

void NetworkHandle::infer(const Napi::CallbackInfo& info) {
  SharedNetwork& shared = idle(info.Env());
  const ConstMatrixView x = matrix<float>(info[0]);
  const Layout& layout = shared.network.layout();
  require(info.Env(), x.columns == layout.inputs(), "x: another number of columns was expected");
  const MatrixView representation = target(info[1], x.rows, layout.representation());
  const MatrixView outputs = target(info[2], x.rows, layout.outputs());
  const auto threads = static_cast<unsigned>(info[3].ToNumber().Uint32Value());
  guarded(info.Env(), [&] {
    deeptype::infer(shared.network, shared.workspace, x, representation, outputs, threads);
  });
}

void NetworkHandle::readParameters(const Napi::CallbackInfo& info) {
  const SharedNetwork& shared = idle(info.Env());
  exportParameters(shared.network.layout(), shared.network.parameters(), info[0]);
}

void NetworkHandle::writeParameters(const Napi::CallbackInfo& info) {
  SharedNetwork& shared = idle(info.Env());
  importParameters(shared.network.layout(), info[0], shared.network.parameters());
}

void NetworkHandle::inputNorms(const Napi::CallbackInfo& info) {
  const SharedNetwork& shared = idle(info.Env());
  const ConstMatrixView w = shared.network.weight(0);
  const std::span<float> out = elements<float>(info[0]);
  require(info.Env(), out.size() == w.rows, "out: the length does not fit");
  for (std::size_t j = 0; j < w.rows; ++j) out[j] = static_cast<float>(l2Norm(w.rowSpan(j)));
}

void NetworkHandle::dispose(const Napi::CallbackInfo&) { shared_.reset(); }

}  // namespace deeptype::addon
