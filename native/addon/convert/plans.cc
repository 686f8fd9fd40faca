#include "plans.h"

#include "values.h"

namespace deeptype::addon {

ClusterPlan readClusterPlan(const Napi::Object& plan) {
  const auto count = [&](const char* name) { return static_cast<unsigned>(size(plan, name)); };
  ClusterPlan result{size(plan, "clusters"), boolean(plan, "warm"),     count("restarts"),
                     count("maxIterations"), number(plan, "tolerance"), number(plan, "hold")};
  require(plan.Env(), result.clusters > 0, "clusters");
  return result;
}

EpochPlan readEpochPlan(const Napi::Object& plan) {
  EpochPlan result;
  result.joint = boolean(plan, "joint");
  result.learningRate = number(plan, "learningRate");
  result.alpha = number(plan, "alpha");
  result.beta = number(plan, "beta");
  result.alphaWarmup = number(plan, "alphaWarmup");
  result.batchSize = size(plan, "batchSize");
  result.shuffle = boolean(plan, "shuffle");
  result.stepsPerBatch = static_cast<unsigned>(size(plan, "stepsPerBatch"));
  result.clusterEveryBatch = boolean(plan, "clusterEveryBatch");
  result.clusterEverySteps = size(plan, "clusterEverySteps");
  result.checkInputs = boolean(plan, "checkInputs");
  result.cluster = readClusterPlan(object(plan.Get("cluster")));
  require(plan.Env(), result.batchSize > 0, "batchSize");
  return result;
}

std::vector<EpochPlan> readEpochPlans(const Napi::Object& plans) {
  require(plans.Env(), plans.IsArray(), "plans");
  const Napi::Array array = plans.As<Napi::Array>();
  std::vector<EpochPlan> result;
  const std::uint32_t count = array.Length();
  require(plans.Env(), count > 0, "plans: none");
  for (std::uint32_t i = 0; i < count; ++i) result.push_back(readEpochPlan(object(array.Get(i))));
  return result;
}

SettlePlan readSettlePlan(const Napi::Object& plan) {
  return {boolean(plan, "joint"),
          boolean(plan, "firstLayerOnly"),
          number(plan, "alpha"),
          number(plan, "beta"),
          static_cast<unsigned>(size(plan, "iterations")),
          number(plan, "tolerance")};
}

std::optional<Constraint> readConstraint(const Napi::Value& value) {
  if (value.IsNull() || value.IsUndefined()) return std::nullopt;
  const Napi::Object given = object(value);
  const std::string norm = string(given, "norm");
  const std::string axis = string(given, "axis");
  return Constraint{norm == "l1"   ? Norm::l1
                    : norm == "l2" ? Norm::l2
                                   : Norm::lInfinity,
                    axis == "input"  ? Axis::input
                    : axis == "unit" ? Axis::unit
                                     : Axis::weight,
                    number(given, "radius")};
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
