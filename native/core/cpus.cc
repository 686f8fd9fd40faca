// How many processors this process may use: the affinity mask and the cgroup's quota.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#ifdef __linux__
#include <sched.h>
#endif

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

constexpr double unlimited = std::numeric_limits<double>::infinity();

// cgroup v2: "max 100000" or "150000 100000".
double quotaV2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0, period = 0;
  return file >> quota >> period && quota > 0 && period > 0 ? quota / period : unlimited;
}

// cgroup v1: one number a file, -1 for no limit.
double quotaV1(const std::string& folder) {
  std::ifstream quotaFile(folder + "/cpu.cfs_quota_us"), periodFile(folder + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  return quotaFile >> quota && periodFile >> period && quota > 0 && period > 0 ? quota / period
                                                                               : unlimited;
}

// The tightest limit from a group up to the root of its hierarchy. A container may see its own
// group as the root although /proc names the path outside: the missing folders then say nothing.
template <class Quota>
double tightest(const std::string& mount, std::string group, Quota quota) {
  double least = quota(mount);
  while (!group.empty() && group != "/") {
    least = std::min(least, quota(mount + group));
    group.erase(group.rfind('/'));
  }
  return least;
}

// Lines of /proc/self/cgroup: "0::/path" (v2) or "4:cpu,cpuacct:/path" (v1).
double cgroupQuota() {
  double least = unlimited;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    std::istringstream fields(line);
    std::string id, controllers, group;
    std::getline(fields, id, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, group);
    if (!group.empty() && group[0] != '/') continue;
    if (controllers.empty()) {
      least = std::min(least, tightest("/sys/fs/cgroup", group, quotaV2));
    } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
      least = std::min(least, tightest("/sys/fs/cgroup/" + controllers, group, quotaV1));
      least = std::min(least, tightest("/sys/fs/cgroup/cpu", group, quotaV1));
    }
  }
  return least;
}

}  // namespace

unsigned defaultThreads() {
  static const unsigned threads = [] {
    const double cores = allowedCores();
    return std::max(1u, static_cast<unsigned>(std::min(cores, std::ceil(cgroupQuota()))));
  }();
  return threads;
}

}  // namespace deeptype
