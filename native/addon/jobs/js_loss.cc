#include "js_loss.h"

#include <limits>

#include "../convert/values.h"

namespace deeptype::addon {

JsLoss::JsLoss(Napi::Function function, TargetKind kind, bool coupled,
               std::shared_ptr<StopSignal> stop)
    : function_(std::make_shared<Napi::FunctionReference>(Napi::Persistent(function))),
      environment_(Environment::of(function.Env())),
      kind_(kind),
      coupled_(coupled),
      stop_(std::move(stop)) {}

double JsLoss::evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) {
  const auto request = std::make_shared<Request>();
  request->outputs.assign(outputs.data, outputs.data + outputs.size());
  request->gradient.resize(outputs.size());
  request->classes.assign(targets.classes.begin(), targets.classes.end());
  request->values.assign(targets.values.data, targets.values.data + targets.values.size());
  request->weights.assign(targets.weights.begin(), targets.weights.end());
  request->rows = outputs.rows;
  request->columns = outputs.columns;
  if (std::this_thread::get_id() == home_) {
    call(*function_, kind_, *request);
  } else {
    // The task owns what it needs: it may still be queued when this wait was ended.
    environment_.post([request, stop = stop_, function = function_, kind = kind_](Napi::Env env) {
      if (stop->flag().isSet()) return;
      const Napi::HandleScope scope(env);
      try {
        call(*function, kind, *request);
      } catch (const Napi::Error&) {
        request->loss = std::numeric_limits<double>::quiet_NaN();
      }
      request->answered.store(true);
      stop->change();
    });
    if (!stop_->waitFor([&] { return request->answered.load(); })) {
      return std::numeric_limits<double>::quiet_NaN();
    }
  }
  std::copy(request->gradient.begin(), request->gradient.end(), gradient.data);
  return request->loss;
}

void JsLoss::call(const Napi::FunctionReference& function, TargetKind kind, Request& request) {
  const simd::Denormals kept(simd::Denormals::Mode::keep);  // JavaScript's own arithmetic
  const Napi::Env env = function.Env();
  const Napi::Value gradient = typedArray<float>(env, request.gradient);
  const Napi::Value classes =
      kind == TargetKind::classes ? typedArray<std::int32_t>(env, request.classes) : env.Null();
  const Napi::Value values =
      kind == TargetKind::values ? typedArray<float>(env, request.values) : env.Null();
  const Napi::Value weights =
      request.weights.empty() ? env.Null() : typedArray<float>(env, request.weights);
  const Napi::Value loss = function.Value().Call(
      {typedArray<float>(env, request.outputs), gradient,
       Napi::Number::New(env, static_cast<double>(request.rows)),
       Napi::Number::New(env, static_cast<double>(request.columns)), classes, values, weights});
  require(env, loss.IsNumber(), "the loss is not a number");
  request.loss = loss.As<Napi::Number>().DoubleValue();
  const std::span<float> filled = elements<float>(gradient);
  require(env, filled.size() == request.gradient.size(), "the gradient array was detached");
  std::copy(filled.begin(), filled.end(), request.gradient.begin());
}

}  // namespace deeptype::addon
