#pragma once
#include <napi.h>

#include <memory>

#include "../../core/training/session_state.h"
#include "../convert/external_memory.h"
#include "handle.h"

namespace deeptype::addon {

// A copy of a session's state. Only the JavaScript thread uses the other members.
struct Snapshot {
  SessionState state;
  bool busy = false;     // a job fills it
  unsigned readers = 0;  // jobs that read it
  unsigned handles = 0;  // that share it
};

// new SnapshotHandle(other?): empty, or sharing the memory of another. Shared memory is not
// changed: a handle copies it before a change. SessionHandle::capture fills it, `restore` reads it;
// files are written from it and read into it in blocks, so that no call takes long. A number is an
// array of one double there.
class SnapshotHandle final : public Handle<SnapshotHandle>, public MemoryHolder {
 public:
  static constexpr napi_type_tag kTag{0x6465657074797065, 0x0000000000000003};
  static Napi::Function define(Napi::Env env);
  explicit SnapshotHandle(const Napi::CallbackInfo& info);
  ~SnapshotHandle() override { hold(nullptr); }

  // Both throw ERR_DISPOSED, and ERR_BUSY while a job fills it.
  const std::shared_ptr<Snapshot>& readable(Napi::Env env) const;
  const std::shared_ptr<Snapshot>& writable(Napi::Env env);
  void countMemory();

  bool isCollected() const override { return Value().IsEmpty(); }
  void freeMemory() override;  // a job that runs keeps what it needs until it has ended

 private:
  template <auto method>
  Napi::Value entry(const Napi::CallbackInfo& info) {
    return call<method>(*this, info);
  }
  void hold(std::shared_ptr<Snapshot> snapshot);
  Napi::Value arrays(const Napi::CallbackInfo& info);  // -> [{ name, type, length }]
  void read(const Napi::CallbackInfo& info);           // (name, first byte, bytes to fill)
  void reserve(const Napi::CallbackInfo& info);        // (name, length): of what is to be appended
  void append(const Napi::CallbackInfo& info);         // (name, bytes)
  void dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<Snapshot> snapshot_;
  ExternalMemory memory_;
};

}  // namespace deeptype::addon
