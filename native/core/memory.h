#pragma once
// Storage for numbers: aligned to cache lines, and on huge pages where it is large and the system
// offers them, for fewer page faults and address translations.
#include <cstddef>

namespace deeptype {

void* allocateAligned(std::size_t bytes);
void freeAligned(void* storage, std::size_t bytes);  // bytes as they were asked for

}  // namespace deeptype
