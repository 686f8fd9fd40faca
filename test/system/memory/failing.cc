// Preloaded into a Node process: makes one chosen allocation of the addon fail. Allocations are counted
// where their caller lies in deeptype.node. The file that DEEPTYPE_FAILING names holds two numbers of
// 64 bits, which the test reads and writes: how many allocations are left until one fails (0: none
// will), and how many there were.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

struct State {
  std::atomic<std::int64_t> left, seen;
};

void* mapped(void* at, std::size_t length, int access, int flags, int file, off_t offset) {
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, length, access, flags, file, offset));
}

State* open() {
  const char* const path = std::getenv("DEEPTYPE_FAILING");
  const int file = path ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return nullptr;
  void* const state = mapped(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return state == MAP_FAILED ? nullptr : static_cast<State*>(state);
}

State* state() {
  static State* const opened = open();
  return opened;
}

struct Range {
  std::uintptr_t first = 0, last = 0;
};

// Where the code of the addon lies, once it is loaded.
Range addon() {
  Range found;
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* to) {
        if (!std::strstr(object->dlpi_name, "deeptype.node")) return 0;
        for (int i = 0; i < object->dlpi_phnum; ++i) {
          const auto& header = object->dlpi_phdr[i];
          if (header.p_type != PT_LOAD || !(header.p_flags & PF_X)) continue;
          const std::uintptr_t first = object->dlpi_addr + header.p_vaddr;
          *static_cast<Range*>(to) = {first, first + header.p_memsz};
        }
        return 1;
      },
      &found);
  return found;
}

bool fails(void* caller) {
  State* const s = state();
  if (!s || s->left.load() <= 0) return false;
  static const Range range = addon();  // armed only when the addon is loaded
  const auto at = reinterpret_cast<std::uintptr_t>(caller);
  if (at < range.first || at >= range.last) return false;
  s->seen.fetch_add(1);
  return s->left.fetch_sub(1) == 1;
}

void* allocate(std::size_t size, std::size_t alignment, void* caller) {
  void* storage = nullptr;
  if (!fails(caller) && posix_memalign(&storage, alignment, size ? size : 1) == 0) return storage;
  return nullptr;
}

void* allocateOrThrow(std::size_t size, std::size_t alignment, void* caller) {
  if (void* const storage = allocate(size, alignment, caller)) return storage;
  throw std::bad_alloc();
}

constexpr std::size_t kUsual = alignof(std::max_align_t);

}  // namespace

#define CALLER __builtin_return_address(0)
using Align = std::align_val_t;
using NoThrow = const std::nothrow_t&;
void* operator new(std::size_t n) { return allocateOrThrow(n, kUsual, CALLER); }
void* operator new[](std::size_t n) { return allocateOrThrow(n, kUsual, CALLER); }
void* operator new(std::size_t n, Align a) {
  return allocateOrThrow(n, static_cast<std::size_t>(a), CALLER);
}
void* operator new[](std::size_t n, Align a) {
  return allocateOrThrow(n, static_cast<std::size_t>(a), CALLER);
}
void* operator new(std::size_t n, NoThrow) noexcept { return allocate(n, kUsual, CALLER); }
void* operator new[](std::size_t n, NoThrow) noexcept { return allocate(n, kUsual, CALLER); }
void operator delete(void* storage) noexcept { std::free(storage); }
void operator delete[](void* storage) noexcept { std::free(storage); }
void operator delete(void* storage, std::size_t) noexcept { std::free(storage); }
void operator delete[](void* storage, std::size_t) noexcept { std::free(storage); }
void operator delete(void* storage, Align) noexcept { std::free(storage); }
void operator delete[](void* storage, Align) noexcept { std::free(storage); }
void operator delete(void* storage, std::size_t, Align) noexcept { std::free(storage); }
void operator delete[](void* storage, std::size_t, Align) noexcept { std::free(storage); }

extern "C" void* mmap(void* at, std::size_t length, int access, int flags, int file,
                      off_t offset) noexcept {
  if (fails(CALLER)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return mapped(at, length, access, flags, file, offset);
}
