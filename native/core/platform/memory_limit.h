#pragma once
#include <cstdint>

namespace deeptype {

// The most that this process may have, in bytes: the machine's memory, or what its control group
// allows.
std::uint64_t memoryLimit();

// Memory of this process that no file backs, of the pages that it has touched; 0 where the system
// does not say. Allocates nothing.
std::uint64_t residentMemory();

}  // namespace deeptype
