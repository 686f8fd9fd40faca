#pragma once
// The variants of a concept, as a list of types that each registry.h states. A backend makes its
// loops or kernels from it, one for each type.
#include <string_view>

namespace deeptype {

template <class... Variant>
struct Variants {};

// The entry of that name; nullptr when there is none.
template <class Table>
constexpr auto findByName(const Table& table, std::string_view name) -> decltype(table.data()) {
  for (const auto& entry : table) {
    if (name == entry.name) return &entry;
  }
  return nullptr;
}

}  // namespace deeptype
