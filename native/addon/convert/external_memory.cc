#include "external_memory.h"

#include "../../core/platform/memory.h"
#include "../jobs/environment.h"

namespace deeptype::addon {

ExternalMemory::ExternalMemory(Napi::Env env, MemoryHolder& holder)
    : env_(env), holder_(holder), holders_(Environment::of(env).memoryHolders()) {
  holders_->add(holder_);
}

void makeRoom(Napi::Env env, std::uint64_t bytes) {
  if (bytes <= availableMemory()) return;
  // V8 collects immediately if this much memory outside its heap is reported.
  constexpr std::int64_t kPressure = std::int64_t{1} << 42;
  std::int64_t total = 0;
  napi_adjust_external_memory(env, kPressure, &total);
  napi_adjust_external_memory(env, -kPressure, &total);
  Environment::of(env).memoryHolders()->freeAllCollected(env);
}

}  // namespace deeptype::addon
