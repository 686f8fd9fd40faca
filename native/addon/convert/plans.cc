#include "plans.h"

#include "reader.h"

namespace deeptype::addon {

std::vector<EpochPlan> readEpochPlans(const Napi::Value& plans) {
  require(plans.Env(), plans.IsArray(), "plans");
  const Napi::Array array = plans.As<Napi::Array>();
  std::vector<EpochPlan> result;
  const std::uint32_t count = array.Length();
  require(plans.Env(), count > 0, "plans: none");
  for (std::uint32_t i = 0; i < count; ++i) result.push_back(readFields<EpochPlan>(array.Get(i)));
  return result;
}

namespace {

void set(Napi::Object& object, const char* name, double value) {
  object.Set(name, Napi::Number::New(object.Env(), value));
}

void set(Napi::Object& object, const char* name, bool value) {
  object.Set(name, Napi::Boolean::New(object.Env(), value));
}

void set(Napi::Object& object, const char* name, Divergence what) {
  const Napi::Env env = object.Env();
  object.Set(name, what == Divergence::none
                       ? env.Null()
                       : Napi::Value(Napi::String::New(
                             env, what == Divergence::loss ? "loss" : "gradient")));
}

}  // namespace

Napi::Value toJs(Napi::Env env, const LossParts& parts) {
  Napi::Object object = Napi::Object::New(env);
  set(object, "primary", parts.primary);
  set(object, "sparsity", parts.sparsity);
  set(object, "distance", parts.distance);
  return object;
}

Napi::Value toJs(Napi::Env env, const StepOutcome& outcome) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("parts", toJs(env, outcome.parts));
  set(object, "diverged", outcome.diverged);
  return object;
}

Napi::Value toJs(Napi::Env env, const EpochOutcome& outcome) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("parts", toJs(env, outcome.mean));
  set(object, "alpha", outcome.alpha);
  set(object, "steps", static_cast<double>(outcome.steps));
  set(object, "clusterings", static_cast<double>(outcome.clusterings));
  set(object, "selected", static_cast<double>(outcome.selected));
  set(object, "stopped", outcome.stopped);
  set(object, "diverged", outcome.diverged);
  return object;
}

Napi::Value toJs(Napi::Env env, const SettleOutcome& outcome) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("parts", toJs(env, outcome.parts));
  set(object, "iterations", static_cast<double>(outcome.iterations));
  set(object, "selected", static_cast<double>(outcome.selected));
  set(object, "converged", outcome.converged);
  set(object, "stopped", outcome.stopped);
  set(object, "diverged", outcome.diverged);
  return object;
}

Napi::Value toJs(Napi::Env env, const ClusterOutcome& outcome) {
  Napi::Object object = Napi::Object::New(env);
  set(object, "inertia", outcome.inertia);
  set(object, "iterations", static_cast<double>(outcome.iterations));
  set(object, "changed", static_cast<double>(outcome.changed));
  set(object, "taken", outcome.taken);
  set(object, "stopped", outcome.stopped);
  return object;
}

}  // namespace deeptype::addon
