#include "session_options.h"

#include "../jobs/js_loss.h"
#include "reader.h"

namespace deeptype {

constexpr std::array<Named<Precision>, 2> namesOf(Precision) {
  return {{{"float32", Precision::float32}, {"bf16", Precision::bf16}}};
}

// Of the targets of a custom loss.
constexpr std::array<Named<TargetKind>, 2> namesOf(TargetKind) {
  return {{{"classes", TargetKind::classes}, {"values", TargetKind::values}}};
}

}  // namespace deeptype

namespace deeptype::addon {

GivenSession readSessionOptions(const Napi::Value& value, const Layout& layout,
                                const std::shared_ptr<StopSignal>& stop) {
  const Napi::Env env = value.Env();
  Reader given(value);
  SessionOptions options;
  given.into(options);
  given.into(static_cast<BackendOptions&>(options));
  options.loss = given.read<std::string>("loss");
  options.pairWeight = given.read<double>("pairWeight");
  options.penalty = given.read<std::string>("penalty");
  given.into(options.penaltyOptions);
  options.penaltyOptions.skip = layout.hasSkip() ? layout.outputs() : 0;
  options.distance = given.read<std::string>("distance");
  options.optimizer = given.read<std::string>("optimizer");
  given.into(options.optimizerOptions);
  const auto kind = given.read<TargetKind>("lossTargets");
  const auto isCoupled = given.read<bool>("coupled");
  const Napi::Value evaluate = given.get("evaluate");
  given.finish();
  const bool isCustom = evaluate.IsFunction();
  if (isCustom) {
    options.callersLoss =
        std::make_shared<JsLoss>(evaluate.As<Napi::Function>(), kind, isCoupled, stop);
  }
  const HostTerms terms(options);
  require(env, terms.loss != nullptr, "loss");
  require(env, terms.penalty != nullptr, "penalty");
  require(env, terms.distance != nullptr, "distance");
  require(env, terms.optimizer != nullptr, "optimizer");
  return {std::move(options), terms.loss->targets(), isCustom};
}

}  // namespace deeptype::addon
