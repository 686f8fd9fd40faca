#pragma once
// The rows of a prediction off the JavaScript thread: copied, run through the network, and
// converted to JavaScript's result.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "../../core/backends/cpu/inference.h"
#include "../../core/backends/cpu/kmeans/kmeans.h"
#include "../convert/values.h"
#include "../handles/network_handle.h"

namespace deeptype::addon {

template <class T>
class InferenceCall {
 public:
  // want: 'outputs', 'representation', 'both', 'winners', or the centroids (K,R) of which the
  // nearest is wanted; `array`: the values of the rows.
  InferenceCall(std::shared_ptr<SharedNetwork> network, const Napi::Value& want,
                const Napi::Value& array, unsigned threads)
      : network_(std::move(network)), threads_(threads) {
    const Napi::Env env = want.Env();
    const Layout& layout = network_->network.layout();
    const std::string name = want.IsString() ? want.As<Napi::String>().Utf8Value() : "nearest";
    const auto names = {"outputs", "representation", "both", "winners"};
    require(env, !want.IsString() || std::find(names.begin(), names.end(), name) != names.end(),
            "want");
    if (!want.IsString()) {
      const View<const double> given = matrix<double>(want);
      require(env, given.columns == layout.representation(), "centroids: the width does not fit");
      centroids_.copyFrom({given.data, given.size()});
    }
    const std::span<T> given = elements<T>(array);  // last: a getter may detach a buffer
    rows_ = given.size() / layout.inputs();
    require(env, rows_ > 0 && given.size() % layout.inputs() == 0,
            "values: the length does not fit");
    values_.resize(given.size());
    std::memcpy(values_.data(), given.data(), given.size() * sizeof(T));
    reserve(name, layout);
  }

  void run() {
    const Layout& layout = network_->network.layout();
    Workspace workspace(layout, network_->network.activation().needsInput);
    Buffer<float> scratch;
    const View<const T> x = std::as_const(values_).view(rows_, layout.inputs());
    isFinite_ =
        inferRaw(network_->network, workspace, network_->scaler(), scratch, x, to_, threads_);
    if (isFinite_ && !centroids_.empty()) assign(layout.representation());
    values_ = {};
  }

  Napi::Value toJs(Napi::Env env) const {
    if (!isFinite_) return env.Null();
    if (!indices_.empty()) return typedArray<std::int32_t>(env, indices_);
    return typedArray<float>(env, result_);
  }

 private:
  void reserve(const std::string& want, const Layout& layout) {
    if (want == "winners" || want == "nearest") indices_.resize(rows_);
    if (want == "winners") {
      to_.winners = indices_.span();
      return;
    }
    const std::size_t representation = want == "outputs" ? 0 : layout.representation();
    const std::size_t outputs = want == "outputs" || want == "both" ? layout.outputs() : 0;
    result_.resize(rows_ * (representation + outputs));
    float* const values = result_.data();
    if (representation) to_.representation = {values, rows_, representation};
    if (outputs) to_.outputs = {values + rows_ * representation, rows_, outputs};
  }

  void assign(std::size_t width) {
    const auto centroids = std::as_const(centroids_).view(centroids_.size() / width, width);
    assignNearest(ConstMatrixView(to_.representation), centroids, indices_.data(), threads_);
  }

  std::shared_ptr<SharedNetwork> network_;
  unsigned threads_;
  std::size_t rows_ = 0;
  Buffer<T> values_;
  Buffer<double> centroids_;
  Buffer<float> result_;          // the representation, then the outputs; what is wanted of them
  Buffer<std::int32_t> indices_;  // winners, or the nearest
  Inferred to_;                   // where in those
  bool isFinite_ = true;
};

}  // namespace deeptype::addon
