#pragma once
#include <cstdint>

namespace deeptype {

// The memory limit of this process in bytes: the smaller of physical memory and the limit of its
// control group.
std::uint64_t memoryLimit();

// Resident anonymous memory of this process in bytes; 0 where the system does not report it.
// Allocates nothing.
std::uint64_t residentMemory();

}  // namespace deeptype
