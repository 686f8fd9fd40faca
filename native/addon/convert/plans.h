#pragma once
// The plans and outcomes of a session as plain JavaScript objects; their types are in
// src/native/session.ts.
#include <napi.h>

#include <vector>

#include "../../core/training/plans.h"

namespace deeptype::addon {

// The plans of several epochs; a single plan is read by `readFields`.
std::vector<EpochPlan> readEpochPlans(const Napi::Value& plans);

Napi::Value toJs(Napi::Env env, const LossParts& parts);
Napi::Value toJs(Napi::Env env, const StepOutcome& outcome);
Napi::Value toJs(Napi::Env env, const EpochOutcome& outcome);
Napi::Value toJs(Napi::Env env, const SettleOutcome& outcome);
Napi::Value toJs(Napi::Env env, const ClusterOutcome& outcome);

}  // namespace deeptype::addon
