#include "memory.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "memory_limit.h"

namespace deeptype {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLarge = std::size_t{1} << 20;

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
constexpr bool kUseMmap = true;  // AddressSanitizer checks bounds only in malloc's heap
#else
constexpr bool kUseMmap = false;
#endif

std::atomic<std::size_t> allocatedBytes{0}, mappedTotal{0};

bool isLarge(std::size_t bytes) { return bytes >= kLarge; }

std::uint64_t remaining(std::uint64_t allocated) {
  const std::uint64_t limit = memoryLimit();
  return limit - std::min(limit, std::max(allocated, residentMemory()));
}

// Counts a block as allocated; throws where the total would exceed the limit.
void reserveBytes(std::size_t bytes) {
  const std::size_t before = allocatedBytes.fetch_add(bytes, std::memory_order_relaxed);
  if (bytes <= remaining(before)) return;
  allocatedBytes.fetch_sub(bytes, std::memory_order_relaxed);
  throw std::bad_alloc();
}

#ifdef __linux__
// Aligns to the first huge page in `room` bytes and unmaps what lies outside `bytes` from there.
char* alignMapped(char* start, std::size_t room, std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t length = (bytes + page - 1) / page * page;
  const std::size_t ahead = -reinterpret_cast<std::uintptr_t>(start) % kHugePage;
  if (ahead > 0) munmap(start, ahead);
  if (room > ahead + length) munmap(start + ahead + length, room - ahead - length);
  return start + ahead;
}

// A mapping of its own returns to the system as soon as it is freed. In malloc's heap, large
// aligned blocks between small ones cause fragmentation.
void* map(std::size_t bytes) {
  const bool huge = bytes >= 2 * kHugePage;
  const std::size_t room = bytes + (huge ? kHugePage : 0);
  if (room < bytes) throw std::bad_alloc();
  void* storage = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (storage == MAP_FAILED) throw std::bad_alloc();
  if (huge) {
    storage = alignMapped(static_cast<char*>(storage), room, bytes);
    madvise(storage, bytes / kHugePage * kHugePage,
            MADV_HUGEPAGE);  // only advice: failure is harmless
  }
  mappedTotal.fetch_add(bytes, std::memory_order_relaxed);
  return storage;
}

void unmap(void* storage, std::size_t bytes) {
  munmap(storage, bytes);
  mappedTotal.fetch_sub(bytes, std::memory_order_relaxed);
}
#else
void* map(std::size_t) { throw std::bad_alloc(); }
void unmap(void*, std::size_t) {}
#endif

void* allocate(std::size_t bytes) {
  if (kUseMmap && isLarge(bytes)) return map(bytes);
  return ::operator new (bytes, std::align_val_t{kCacheLine});
}

}  // namespace

void* allocateAligned(std::size_t bytes) {
  if (!isLarge(bytes)) return allocate(bytes);
  reserveBytes(bytes);
  try {
    return allocate(bytes);
  } catch (...) {
    allocatedBytes.fetch_sub(bytes, std::memory_order_relaxed);
    throw;
  }
}

void clearAligned(void* storage, std::size_t bytes) {
  std::size_t cleared = 0;
#ifdef __linux__
  if (kUseMmap && bytes >= 2 * kHugePage) {  // dropped private pages read as zero
    const std::size_t whole = bytes / kHugePage * kHugePage;
    if (madvise(storage, whole, MADV_DONTNEED) == 0) cleared = whole;
  }
#endif
  std::memset(static_cast<char*>(storage) + cleared, 0, bytes - cleared);
}

void freeAligned(void* storage, std::size_t bytes) {
  if (kUseMmap && isLarge(bytes)) {
    unmap(storage, bytes);
  } else {
    ::operator delete (storage, std::align_val_t{kCacheLine});
  }
  if (isLarge(bytes)) allocatedBytes.fetch_sub(bytes, std::memory_order_relaxed);
}

std::uint64_t availableMemory() {
  return remaining(allocatedBytes.load(std::memory_order_relaxed));
}

std::size_t mappedBytes() { return mappedTotal.load(std::memory_order_relaxed); }

}  // namespace deeptype
