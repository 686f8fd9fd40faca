#pragma once
// Memory of ours that a JavaScript object keeps, told to V8, so that it collects the object in
// time. Taken back when the object goes.
#include <napi.h>

#include <cstdint>

namespace deeptype::addon {

class ExternalMemory {
 public:
  explicit ExternalMemory(Napi::Env env) : env_(env) {}
  ExternalMemory(const ExternalMemory&) = delete;
  ExternalMemory& operator=(const ExternalMemory&) = delete;
  ~ExternalMemory() { set(0); }

  void set(std::size_t bytes) {
    const auto change = static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(bytes_);
    bytes_ = bytes;
    std::int64_t total = 0;
    if (change != 0) napi_adjust_external_memory(env_, change, &total);
  }

 private:
  napi_env env_;
  std::size_t bytes_ = 0;
};

}  // namespace deeptype::addon
