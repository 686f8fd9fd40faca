#pragma once
// Memory of ours that a JavaScript object keeps. It is reported to V8, so that it collects the
// object in time. Node-API calls the finaliser of a collected object only in a later iteration of
// the event loop; in long synchronous code the memory is freed here, as soon as much more of it is
// requested.
#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace deeptype::addon {

class MemoryHolders;

// A wrapped class whose instances keep memory outside V8's heap.
class MemoryHolder {
 public:
  virtual bool isCollected() const = 0;  // whether the JavaScript object is gone
  virtual void freeMemory() = 0;

 protected:
  ~MemoryHolder() = default;

 private:
  friend class MemoryHolders;
  MemoryHolder* before_ = nullptr;  // in their list, which allocates nothing
  MemoryHolder* after_ = nullptr;
};

// The holders of one environment; shared by them, since some may outlive it.
class MemoryHolders {
 public:
  void add(MemoryHolder& holder) noexcept {
    holder.after_ = first_;
    if (first_) first_->before_ = &holder;
    first_ = &holder;
  }
  void remove(MemoryHolder& holder) noexcept {
    (holder.before_ ? holder.before_->after_ : first_) = holder.after_;
    if (holder.after_) holder.after_->before_ = holder.before_;
  }

  void change(std::int64_t bytes) {
    live_ += bytes;
    if (bytes > 0) grown_ += bytes;
  }
  // Frees the memory of collected objects once as much was asked for as makes a search worthwhile.
  void freeCollected(Napi::Env env) {
    constexpr std::int64_t kLeast = std::int64_t{64} << 20;
    if (grown_ >= std::max(kLeast, live_ / 2)) freeAllCollected(env);
  }
  void freeAllCollected(Napi::Env env) {
    grown_ = 0;
    const Napi::HandleScope scope(env);
    for (MemoryHolder* holder = first_; holder; holder = holder->after_)
      if (holder->isCollected()) holder->freeMemory();
  }

 private:
  MemoryHolder* first_ = nullptr;
  std::int64_t live_ = 0;   // bytes of all holders
  std::int64_t grown_ = 0;  // bytes asked for since the last search
};

// Lets V8 collect what it can, on the JavaScript thread, where less than `bytes` are left: what was
// dropped a moment ago is no reason to say that there is no memory.
void makeRoom(Napi::Env env, std::uint64_t bytes);

// How many bytes one holder has.
class ExternalMemory {
 public:
  ExternalMemory(Napi::Env env, MemoryHolder& holder);
  ExternalMemory(const ExternalMemory&) = delete;
  ExternalMemory& operator=(const ExternalMemory&) = delete;
  ~ExternalMemory() {
    set(0);
    holders_->remove(holder_);
  }

  void set(std::size_t bytes) {
    const auto change = static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(bytes_);
    if (change == 0) return;
    bytes_ = bytes;
    std::int64_t total = 0;
    napi_adjust_external_memory(env_, change, &total);
    holders_->change(change);
    if (change > 0) holders_->freeCollected(env_);
  }

 private:
  napi_env env_;
  MemoryHolder& holder_;
  std::shared_ptr<MemoryHolders> holders_;
  std::size_t bytes_ = 0;
};

}  // namespace deeptype::addon
