#include "cgroup.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace deeptype {
namespace {

// The lowest limit from a group up to the root of its hierarchy. A container may see its own group
// as the root although /proc names the path outside; missing folders count as unlimited.
double tightestOf(const std::string& mount, std::string group, GroupLimit limit) {
  double least = limit(mount);
  while (!group.empty() && group != "/") {
    least = std::min(least, limit(mount + group));
    group.erase(group.rfind('/'));
  }
  return least;
}

}  // namespace

// Lines of /proc/self/cgroup: "0::/path" (v2) or "4:cpu,cpuacct:/path" (v1).
double tightestLimit(const std::string& controller, GroupLimit v2, GroupLimit v1) {
  double least = kUnlimited;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    std::istringstream fields(line);
    std::string id, controllers, group;
    std::getline(fields, id, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, group);
    if (!group.empty() && group[0] != '/') continue;
    if (controllers.empty()) {
      least = std::min(least, tightestOf("/sys/fs/cgroup", group, v2));
    } else if (("," + controllers + ",").find("," + controller + ",") != std::string::npos) {
      least = std::min(least, tightestOf("/sys/fs/cgroup/" + controllers, group, v1));
      least = std::min(least, tightestOf("/sys/fs/cgroup/" + controller, group, v1));
    }
  }
  return least;
}

}  // namespace deeptype
