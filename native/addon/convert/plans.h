#pragma once
// The plans and outcomes of a session as plain JavaScript objects; their types are in
// native-session.ts.
#include <napi.h>

#include <vector>

#include "../../core/training/plans.h"

namespace deeptype::addon {

ClusterPlan readClusterPlan(const Napi::Object& plan);
EpochPlan readEpochPlan(const Napi::Object& plan);
std::vector<EpochPlan> readEpochPlans(const Napi::Object& plans);
// { norm, axis, radius } | null
std::optional<Constraint> readConstraint(const Napi::Value& value);
SettlePlan readSettlePlan(const Napi::Object& plan);

Napi::Value toJs(Napi::Env env, const LossParts& parts);
Napi::Value toJs(Napi::Env env, const StepOutcome& outcome);
Napi::Value toJs(Napi::Env env, const EpochOutcome& outcome);
Napi::Value toJs(Napi::Env env, const SettleOutcome& outcome);
Napi::Value toJs(Napi::Env env, const ClusterOutcome& outcome);

}  // namespace deeptype::addon
