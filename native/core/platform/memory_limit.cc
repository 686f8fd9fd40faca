#include "memory_limit.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <unistd.h>
#endif

#include "cgroup.h"

namespace deeptype {
namespace {

std::uint64_t physicalMemory() {
#ifdef _SC_PHYS_PAGES
  const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  if (pages > 0 && size > 0)
    return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
#endif
  return std::numeric_limits<std::uint64_t>::max();
}

// The number in a file; unlimited where it contains "max" or does not exist.
double numberIn(const std::string& path) {
  std::ifstream file(path);
  double number = 0;
  return file >> number && number > 0 ? number : kUnlimited;
}

}  // namespace

std::uint64_t residentMemory() {
#ifdef __linux__
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[128];
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  unsigned long long size = 0, resident = 0, shared = 0;  // in pages
  if (std::sscanf(text, "%llu %llu %llu", &size, &resident, &shared) != 3) return 0;
  return (resident - std::min(resident, shared)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
#else
  return 0;
#endif
}

std::uint64_t memoryLimit() {
  static const std::uint64_t limit = [] {
    const auto v2 = [](const std::string& group) { return numberIn(group + "/memory.max"); };
    const auto v1 = [](const std::string& group) {
      return numberIn(group + "/memory.limit_in_bytes");
    };
    const double physical = static_cast<double>(physicalMemory());
    return static_cast<std::uint64_t>(std::min(physical, tightestLimit("memory", v2, v1)));
  }();
  return limit;
}

}  // namespace deeptype
