#pragma once
#include <string_view>

#include "../backend.h"

namespace deeptype {

// Null where there is none of that name.
MakeBackend findBackend(std::string_view name);

}  // namespace deeptype
