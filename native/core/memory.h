#pragma once
// Storage for numbers: aligned to cache lines, and on huge pages where it is large and the system
// offers them, for fewer page faults and address translations.
#include <cstddef>

namespace deeptype {

void* allocateAligned(std::size_t bytes);
void freeAligned(void* storage, std::size_t bytes);  // bytes as they were asked for
// Makes it all zero. What is large goes back to the system until it is used again, where that is
// possible, so that zeros nobody touches take no memory.
void clearAligned(void* storage, std::size_t bytes);

}  // namespace deeptype
