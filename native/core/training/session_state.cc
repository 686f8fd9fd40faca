#include "session_state.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "../math/finite.h"
#include "context.h"

namespace deeptype {
namespace {

bool areInputs(const SessionState::Values<std::int32_t>& inputs, std::size_t count) {
  const auto isInput = [&](std::int32_t j) {
    return j >= 0 && static_cast<std::size_t>(j) < count;
  };
  return std::all_of(inputs.begin(), inputs.end(), isInput) &&
         std::adjacent_find(inputs.begin(), inputs.end(), std::greater_equal<>()) == inputs.end();
}

bool areClusters(const SessionState& state, std::size_t width, std::size_t rows) {
  const std::size_t clusters = state.centroids.size() / width;
  const auto isCluster = [&](std::int32_t k) {
    return k >= 0 && static_cast<std::size_t>(k) < clusters;
  };
  return state.centroids.size() == clusters * width && allFinite<float>(state.centroids) &&
         (clusters == 0 ? state.labels.empty() : state.labels.size() == rows) &&
         std::all_of(state.labels.begin(), state.labels.end(), isCluster);
}

bool fits(const SessionState& state, const Layout& layout, std::size_t rows) {
  if (!areInputs(state.activeInputs, layout.inputs())) return false;
  std::vector<std::size_t> widths = layout.widths();
  if (!state.activeInputs.empty()) widths[0] = state.activeInputs.size();
  const std::size_t moments = Layout(widths, layout.hasSkip()).size();
  return state.parameters.size() == layout.size() && state.firstMoments.size() == moments &&
         state.secondMoments.size() == moments && state.groupMoments.size() == widths[0] &&
         areClusters(state, layout.representation(), rows) && allFinite<float>(state.parameters) &&
         std::isfinite(state.lipschitz) && state.lipschitz > 0;
}

}  // namespace

void capture(const TrainingContext& context, SessionState& into) {
  const auto parameters = std::as_const(*context.network).parameters().span();
  into.parameters.assign(parameters.begin(), parameters.end());
  into.activeInputs.assign(context.active.inputs().begin(), context.active.inputs().end());
  context.backend->readOptimizer(into);
  into.lipschitz = context.lipschitz;
  into.epochs = context.epochs;
  into.clusterings = context.clusterings;
  const auto [centroids, labels] = context.backend->readClusters();
  into.centroids.assign(centroids.data, centroids.data + centroids.size());
  into.labels.assign(labels.begin(), labels.end());
}

bool restore(TrainingContext& context, const SessionState& state) {
  if (!fits(state, context.layout(), context.rows)) return false;
  context.network->parameters().copyFrom(state.parameters);
  context.active.restrict({state.activeInputs.begin(), state.activeInputs.end()});
  context.backend->writeOptimizer(state);
  context.lipschitz = state.lipschitz;
  context.epochs = state.epochs;
  context.clusterings = state.clusterings;
  const std::size_t width = context.layout().representation();
  context.backend->writeClusters(
      TableId::training,
      {{state.centroids.data(), state.centroids.size() / width, width}, state.labels});
  return true;
}

}  // namespace deeptype
