#include "memory.h"

#include <cstring>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "memory_limit.h"

namespace deeptype {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

bool onHugePages(std::size_t bytes) { return bytes >= 2 * kHugePage; }

}  // namespace

void* allocateAligned(std::size_t bytes) {
  if (!onHugePages(bytes)) return ::operator new (bytes, std::align_val_t{kLine});
  if (bytes > memoryLimit()) throw std::bad_alloc();
  void* const storage = ::operator new (bytes, std::align_val_t{kHugePage});
#ifdef MADV_HUGEPAGE
  madvise(storage, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // an advice: may fail
#endif
  return storage;
}

void clearAligned(void* storage, std::size_t bytes) {
  std::size_t cleared = 0;
#ifdef __linux__
  if (onHugePages(bytes)) {  // fresh pages of private memory are zero
    const std::size_t whole = bytes / kHugePage * kHugePage;
    if (madvise(storage, whole, MADV_DONTNEED) == 0) cleared = whole;
  }
#endif
  std::memset(static_cast<char*>(storage) + cleared, 0, bytes - cleared);
}

void freeAligned(void* storage, std::size_t bytes) {
  ::operator delete (storage, std::align_val_t{onHugePages(bytes) ? kHugePage : kLine});
}

}  // namespace deeptype
