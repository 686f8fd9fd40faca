#pragma once
// Limits that Linux control groups set for this process.
#include <limits>
#include <string>

#include "function_ref.h"

namespace deeptype {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// The limit in a group's folder, kUnlimited where there is none.
using GroupLimit = FunctionRef<double(const std::string& folder)>;

// The tightest limit of a controller ("cpu", "memory") from the groups of this process up to the
// roots of their hierarchies, of cgroup v2 and v1.
double tightestLimit(const std::string& controller, GroupLimit v2, GroupLimit v1);

}  // namespace deeptype
