#pragma once
#include <cstdint>

namespace deeptype {

// The most that this process may have, in bytes: the machine's memory, or what its control group
// allows. `allocateAligned` throws std::bad_alloc for more, whatever the system would promise.
std::uint64_t memoryLimit();

}  // namespace deeptype
