#pragma once
// Storage for numbers: aligned to cache lines, and on huge pages where it is large and the system
// offers them, for fewer page faults and address translations.
#include <cstddef>
#include <cstdint>

namespace deeptype {

// Throws std::bad_alloc where there is no memory, and for blocks of a MiB or more before the
// process would have more than `memoryLimit`.
void* allocateAligned(std::size_t bytes);
void freeAligned(void* storage, std::size_t bytes);  // bytes as they were asked for
// Makes it all zero. What is large goes back to the system until it is used again, where that is
// possible, so that zeros nobody touches take no memory.
void clearAligned(void* storage, std::size_t bytes);

// What is left of `memoryLimit`, where some blocks that were handed out may not have been touched
// yet, and the rest of the process has memory too.
std::uint64_t availableMemory();

// Bytes in blocks that are mapped for themselves, outside malloc's heap.
std::size_t mappedBytes();

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
