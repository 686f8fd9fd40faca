#pragma once
// The options of a session, as src/native/session.ts states them.
#include <napi.h>

#include "../../core/training/plans.h"
#include "../jobs/job.h"

namespace deeptype::addon {

struct GivenSession {
  SessionOptions options;
  TargetKind targets;         // of the loss
  bool isCustomLoss = false;  // `evaluate` was given
};

// `stop` ends the wait for a custom loss.
GivenSession readSessionOptions(const Napi::Value& value, const Layout& layout,
                                const std::shared_ptr<StopSignal>& stop);

}  // namespace deeptype::addon
