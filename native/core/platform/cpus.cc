// The number of processors this process may use, from its affinity mask and its cgroup quota.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>
#ifdef __linux__
#include <sched.h>
#endif

#include "cgroup.h"
#include "threads.h"

namespace deeptype {
namespace {

unsigned allowedCores() {
#ifdef __linux__
  for (int cpus = 1024; cpus <= 1 << 18; cpus *= 4) {
    cpu_set_t* set = CPU_ALLOC(cpus);
    if (!set) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(cpus);
    const int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (count > 0) return static_cast<unsigned>(count);
  }
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

// cgroup v2: "max 100000" or "150000 100000".
double quotaV2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0, period = 0;
  return file >> quota >> period && quota > 0 && period > 0 ? quota / period : kUnlimited;
}

// cgroup v1: one number a file, -1 for no limit.
double quotaV1(const std::string& folder) {
  std::ifstream quotaFile(folder + "/cpu.cfs_quota_us"), periodFile(folder + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  return quotaFile >> quota && periodFile >> period && quota > 0 && period > 0 ? quota / period
                                                                               : kUnlimited;
}

double cpuQuota() {
  const auto v2 = [](const std::string& group) { return quotaV2(group); };
  const auto v1 = [](const std::string& group) { return quotaV1(group); };
  return tightestLimit("cpu", v2, v1);
}

}  // namespace

unsigned defaultThreads() {
  static const unsigned threads = [] {
    const double cores = allowedCores();
    return std::max(1u, static_cast<unsigned>(std::min(cores, std::ceil(cpuQuota()))));
  }();
  return threads;
}

}  // namespace deeptype
