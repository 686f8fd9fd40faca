#pragma once
// Storage aligned to cache lines. Large blocks use huge pages where the system offers them, for
// fewer page faults and TLB misses.
#include <cstddef>
#include <cstdint>

namespace deeptype {

// Throws std::bad_alloc where there is no memory, and for blocks of a MiB or more also where the
// process would exceed `memoryLimit`.
void* allocateAligned(std::size_t bytes);
void freeAligned(void* storage, std::size_t bytes);  // bytes as requested
// Zeroes the block. Large blocks release their pages to the system where that is possible; pages
// read as zero and take memory again only when they are written.
void clearAligned(void* storage, std::size_t bytes);

// `memoryLimit` less the larger of the bytes allocated here, some of which may be untouched, and
// the resident memory of the process.
std::uint64_t availableMemory();

// Bytes in blocks with a mapping of their own, outside malloc's heap.
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
