#include "registry.h"

#include "cpu/cpu_backend.h"

// One line a device: its name in options, and its class in the folder of that name.
#define DEEPTYPE_BACKENDS(X) X("cpu", CpuBackend)

namespace deeptype {
namespace {

template <class Device>
std::unique_ptr<Backend> make(std::shared_ptr<Network> network, const BackendOptions& options,
                              Communicator& comm) {
  return std::make_unique<Device>(std::move(network), options, comm);
}

}  // namespace

MakeBackend findBackend(std::string_view wanted) {
#define DEEPTYPE_MATCH(name, Device) \
  if (wanted == name) return make<Device>;
  DEEPTYPE_BACKENDS(DEEPTYPE_MATCH)
#undef DEEPTYPE_MATCH
  return nullptr;
}

}  // namespace deeptype
