#pragma once
#include <napi.h>

#include <memory>
#include <optional>

#include "../../core/backends/cpu/scaler.h"
#include "../../core/backends/cpu/workspace.h"
#include "../convert/external_memory.h"
#include "handle.h"

namespace deeptype::addon {

// A network shared by the objects that use it; `busy` while a job trains it.
struct SharedNetwork {
  explicit SharedNetwork(Network initial)
      : network(std::move(initial)), workspace(network.layout(), network.activation().needsInput) {}
  Network network;
  Workspace workspace;    // of the JavaScript thread
  Buffer<float> scratch;  // likewise
  std::optional<Standardizer> standardizer;
  const Standardizer* scaler() const { return standardizer ? &*standardizer : nullptr; }
  // Both read and written on the JavaScript thread only:
  bool busy = false;     // a job trains the network
  unsigned readers = 0;  // jobs that read it
};

// new NetworkHandle({ widths, activation, initDeviation, seed })
class NetworkHandle final : public Handle<NetworkHandle>, public MemoryHolder {
 public:
  static constexpr napi_type_tag kTag{0x6465657074797065, 0x0000000000000001};
  static Napi::Function define(Napi::Env env);
  explicit NetworkHandle(const Napi::CallbackInfo& info);
  const std::shared_ptr<SharedNetwork>& shared() const { return shared_; }

  bool isCollected() const override { return Value().IsEmpty(); }
  void freeMemory() override;  // a job that runs keeps what it needs until it has ended

 private:
  template <auto method>
  Napi::Value entry(const Napi::CallbackInfo& info) {
    return call<method>(*this, info);
  }
  // infer(x, representation | null, outputs | null, threads): fills the arrays
  void infer(const Napi::CallbackInfo& info);
  // draw({ initDeviation, seed, unused }): all parameters anew
  void draw(const Napi::CallbackInfo& info);
  // setScaler({ mean, remainder, deviation }): what inferRaw standardises by
  void setScaler(const Napi::CallbackInfo& info);
  // inferRaw(values, rows, representation | null, outputs | null, threads), standardised where a
  // scaler is set: whether all is finite
  Napi::Value inferRaw(const Napi::CallbackInfo& info);
  // inferAsync(values, want, threads, stop?) -> Promise of 'outputs', 'representation', 'winners'
  // or the nearest of the centroids that `want` is; of null where a value is not finite.
  // Standardises where a scaler is set.
  Napi::Value inferAsync(const Napi::CallbackInfo& info);
  template <class T>
  Napi::Value startInference(const Napi::CallbackInfo& info);
  // readParameters(arrays), writeParameters(arrays): W_0, b_0, W_1, ... with W as (out,in)
  void readParameters(const Napi::CallbackInfo& info);
  void writeParameters(const Napi::CallbackInfo& info);
  void inputNorms(const Napi::CallbackInfo& info);  // inputNorms(out): L2 norms of W_0's rows
  void dispose(const Napi::CallbackInfo& info);

  // Throws when a job trains it or it was disposed. Call it after getters and
  // conversions, which run code of the caller.
  const std::shared_ptr<SharedNetwork>& idle(Napi::Env env) const;

  std::shared_ptr<SharedNetwork> shared_;
  ExternalMemory memory_;  // of the parameters
};

}  // namespace deeptype::addon
