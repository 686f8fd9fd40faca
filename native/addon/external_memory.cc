#include "external_memory.h"

#include "environment.h"

namespace deeptype::addon {

ExternalMemory::ExternalMemory(Napi::Env env, MemoryHolder& holder)
    : env_(env), holder_(holder), holders_(Environment::of(env).memoryHolders()) {
  holders_->add(holder_);
}

}  // namespace deeptype::addon
