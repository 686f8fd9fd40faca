#pragma once
// All that the rest of a training run depends on beside its table and its options: with it, a run
// that is continued elsewhere ends in the same bits. To add to it: a field and its line in `visit`
// here, and where capture and restore read and write it.
#include <cstdint>
#include <vector>

#include "../backend.h"

namespace deeptype {

struct SessionState : OptimizerState {
  Values<float> parameters;           // of the network of all inputs
  Values<std::int32_t> activeInputs;  // those that are trained, ascending; empty: all
  // The optimiser is in the layout of the network of the active inputs.
  double lipschitz = 1;           // what settling has learned of the curvature
  std::uint64_t epochs = 0;       // keys the shuffles
  std::uint64_t clusterings = 0;  // keys the K-means starts
  Values<float> centroids;        // (K,R)
  Values<std::int32_t> labels;    // (N)

  // Calls visit(name, field) for every field.
  template <class State, class Visit>
  static void visit(State& state, Visit visit) {
    visit("parameters", state.parameters);
    visit("activeInputs", state.activeInputs);
    visit("firstMoments", state.firstMoments);
    visit("secondMoments", state.secondMoments);
    visit("groupMoments", state.groupMoments);
    visit("steps", state.steps);
    visit("lipschitz", state.lipschitz);
    visit("epochs", state.epochs);
    visit("clusterings", state.clusterings);
    visit("centroids", state.centroids);
    visit("labels", state.labels);
  }
};

struct TrainingContext;

// Keeps the memory of `into`.
void capture(const TrainingContext& context, SessionState& into);
// Whether the state fits the network and the table; where it does not, nothing has changed.
bool restore(TrainingContext& context, const SessionState& state);

}  // namespace deeptype
