#include "memory.h"

#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace deeptype {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

bool onHugePages(std::size_t bytes) { return bytes >= 2 * kHugePage; }

}  // namespace

void* allocateAligned(std::size_t bytes) {
  if (!onHugePages(bytes)) return ::operator new (bytes, std::align_val_t{kLine});
  void* const storage = ::operator new (bytes, std::align_val_t{kHugePage});
#ifdef MADV_HUGEPAGE
  madvise(storage, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // an advice: may fail
#endif
  return storage;
}

void freeAligned(void* storage, std::size_t bytes) {
  ::operator delete (storage, std::align_val_t{onHugePages(bytes) ? kHugePage : kLine});
}

}  // namespace deeptype
