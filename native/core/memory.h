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

// For standard containers.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(allocateAligned(n * sizeof(T))); }
  void deallocate(T* storage, std::size_t n) { freeAligned(storage, n * sizeof(T)); }
  bool operator==(const AlignedAllocator&) const = default;
};

}  // namespace deeptype
