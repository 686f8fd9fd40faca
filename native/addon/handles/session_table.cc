// The tables of a session: read, checked for what would corrupt memory, and kept.
#include "../convert/values.h"
#include "session_handle.h"

namespace deeptype::addon {

Dataset SessionHandle::readTable(Napi::Value x, Napi::Value targets, Table& table,
                                 InPlace inPlace) {
  const Napi::Env env = x.Env();
  const Layout& layout = network_->network.layout();
  Dataset data;
  Napi::Value array;
  data.x = matrix<float>(x, &array);
  require(env, data.x.columns == layout.inputs() && data.x.rows > 0, "x: the shape does not fit");
  if (inPlace == InPlace::whereShared && isShared(array)) {
    table.keep = Napi::Persistent(array.As<Napi::Object>());
  } else {
    makeRoom(env, data.x.size() * sizeof(float));
    table.x.copyFrom({data.x.data, data.x.size()});
    data.x = std::as_const(table.x).view(data.x.rows, data.x.columns);
  }
  readTargets(object(targets), data.x.rows, table, data.targets);
  return data;
}

void SessionHandle::readTargets(const Napi::Object& targets, std::size_t rows, Table& table,
                                Targets& read) {
  const Napi::Env env = targets.Env();
  const std::size_t outputs = network_->network.layout().outputs();
  if (targets_ == TargetKind::classes) {
    const std::span<std::int32_t> labels = elements<std::int32_t>(targets.Get("classes"));
    require(env, labels.size() == rows, "classes: the length does not fit");
    for (const std::int32_t label : labels) {
      require(env, label >= 0 && static_cast<std::size_t>(label) < outputs, "classes");
    }
    table.classes.assign(labels.begin(), labels.end());
    read.classes = table.classes;
  } else {
    const ConstMatrixView view = matrix<float>(targets.Get("values"));
    const bool fits = targets_ == TargetKind::survival ? view.columns == 2 && outputs == 1
                                                       : freeWidth_ || view.columns == outputs;
    require(env, view.rows == rows && fits, "values: the shape does not fit");
    table.values.copyFrom({view.data, view.size()});
    read.values = std::as_const(table.values).view(view.rows, view.columns);
  }
  if (const Napi::Value weights = targets.Get("weights"); !weights.IsNull()) {
    const std::span<float> given = elements<float>(weights);
    require(env, given.size() == rows, "weights: the length does not fit");
    table.weights.copyFrom(given);
    read.weights = std::as_const(table.weights).span();
  }
  if (const Napi::Value graph = targets.Get("graph"); !graph.IsNull()) {
    const Napi::Object pairs = object(graph);
    const Napi::Value arrays[] = {pairs.Get("i"), pairs.Get("j"), pairs.Get("weights")};
    const auto i = elements<std::int32_t>(arrays[0]), j = elements<std::int32_t>(arrays[1]);
    const std::span<float> weights = elements<float>(arrays[2]);
    require(env, i.size() == weights.size() && j.size() == weights.size(), "graph: the lengths");
    const auto isRow = [&](std::int32_t r) { return r >= 0 && static_cast<std::size_t>(r) < rows; };
    for (std::size_t k = 0; k < weights.size(); ++k) {
      require(env, isRow(i[k]) && isRow(j[k]) && i[k] != j[k], "graph: a pair");
    }
    read.graph = &table.graph.emplace(rows, i, j, weights);
  }
}

void SessionHandle::load(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  guarded(info.Env(), [&] {
    const auto table = std::make_shared<Table>();
    table->dataset = readTable(info[0], info[1], *table, InPlace::whereShared);
    session->load(table->dataset);
    table_ = table;
    heldOut_.reset();
    countMemory();
  });
}

void SessionHandle::holdOut(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  guarded(info.Env(), [&] {
    const auto table = std::make_shared<Table>();
    session->holdOut(readTable(info[0], info[1], *table, InPlace::whereShared));
    heldOut_ = table;
    countMemory();
  });
}

std::size_t SessionHandle::Table::bytes() const {
  return (x.size() + values.size() + weights.size() + classes.size()) * sizeof(float);
}

// The tables, and of the session what grows with the network: a gradient, the two moments of Adam
// and the weights last known to be finite.
void SessionHandle::countMemory() {
  std::size_t bytes = (table_ ? table_->bytes() : 0) + (heldOut_ ? heldOut_->bytes() : 0);
  if (session_) bytes += 4 * network_->network.parameters().size() * sizeof(float);
  memory_.set(bytes);
}

std::size_t SessionHandle::loadedRows() const { return table_ ? table_->dataset.x.rows : 0; }

void SessionHandle::requireTable(Napi::Env env, bool clustered) const {
  requireIdle(env);
  require(env, table_ != nullptr, "no table is loaded");
  require(env, !clustered || session_->clusterLabels().size() == loadedRows(),
          "no clusters are set");
}

}  // namespace deeptype::addon
