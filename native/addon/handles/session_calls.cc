// The calls of a session that compute on the JavaScript thread.
#include "../convert/parameters.h"
#include "../convert/plans.h"
#include "../convert/reader.h"
#include "session_handle.h"

namespace deeptype::addon {

void SessionHandle::resetOptimizer(const Napi::CallbackInfo& info) {
  use(info.Env())->resetOptimizer();
}

void SessionHandle::setClusters(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  Buffer<float> copy;
  const ConstMatrixView centroids =
      guarded(info.Env(), [&] { return readCentroids(info[0], copy); });
  const std::span<std::int32_t> labels = elements<std::int32_t>(info[1]);
  require(info.Env(), labels.size() == session->rows(), "labels: the length does not fit");
  require(info.Env(), centroids.rows > 0, "centroids: none");
  for (const std::int32_t label : labels) {
    require(info.Env(), label >= 0 && static_cast<std::size_t>(label) < centroids.rows, "labels");
  }
  guarded(info.Env(), [&] { session->setClusters(centroids, labels); });
}

Napi::Value SessionHandle::clusters(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  const ConstMatrixView centroids = session->centroids();
  Napi::Object result = Napi::Object::New(info.Env());
  result["centroids"] = typedArray<float>(info.Env(), std::span(centroids.data, centroids.size()));
  result["labels"] = typedArray<std::int32_t>(info.Env(), session->clusterLabels());
  return result;
}

ConstMatrixView SessionHandle::readCentroids(const Napi::Value& value, Buffer<float>& copy) const {
  if (value.IsNull() || value.IsUndefined()) return {};
  const ConstMatrixView centroids = matrix<float>(value);
  require(value.Env(), centroids.columns == network_->network.layout().representation(),
          "centroids: the width does not fit");
  copy.copyFrom({centroids.data, centroids.size()});
  return std::as_const(copy).view(centroids.rows, centroids.columns);
}

// Copies all input: a custom loss or a getter may detach the arrays.
struct SessionHandle::Batch {
  Batch(SessionHandle& handle, const Napi::CallbackInfo& info)
      : dataset(handle.readTable(info[0], info[1], table, InPlace::never)),
        centroids(handle.readCentroids(info[2], copy)) {}
  Table table;
  Buffer<float> copy;
  Dataset dataset;
  ConstMatrixView centroids;
};

Napi::Value SessionHandle::losses(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  return guarded(info.Env(), [&] {
    const Batch batch(*this, info);
    return toJs(info.Env(), session->losses(batch.dataset, batch.centroids));
  });
}

Napi::Value SessionHandle::gradients(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  return guarded(info.Env(), [&] {
    const double alpha = number(info[3], "alpha");
    const double beta = number(info[4], "beta");
    const Batch batch(*this, info);
    Buffer<float> gradient;
    const LossParts parts =
        session->gradients(batch.dataset, batch.centroids, alpha, beta, gradient);
    const Layout& layout = network_->network.layout();
    exportParameters(layout, gradient, parameterArrays(layout, info[5]));
    return toJs(info.Env(), parts);
  });
}

Napi::Value SessionHandle::step(const Napi::CallbackInfo& info) {
  const Use session = use(info.Env());
  return guarded(info.Env(), [&] {
    const auto plan = readFields<EpochPlan>(info[3]);
    const Batch batch(*this, info);
    return toJs(info.Env(), session->step(batch.dataset, batch.centroids, plan));
  });
}

}  // namespace deeptype::addon
