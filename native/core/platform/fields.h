#pragma once
// Structs that are set by name. A list has one line a member,
//   #define LIST(X) X(type, name, initial value, check) ...
// DEEPTYPE_FIELDS(LIST) declares the members, and `visitFields`, which hands each of them to a
// visitor as (name, member, check). The border reads JavaScript objects with it, by the same names.
#include <array>
#include <string_view>

#define DEEPTYPE_FIELDS(LIST)       \
  LIST(DEEPTYPE_FIELD_MEMBER)       \
  template <class Visitor>          \
  void visitFields(Visitor visit) { \
    LIST(DEEPTYPE_FIELD_VISIT)      \
  }
#define DEEPTYPE_FIELD_MEMBER(type, name, initial, check) type name = initial;
#define DEEPTYPE_FIELD_VISIT(type, name, initial, check) visit(#name, name, accept::check);

namespace deeptype {

// Checks of a member beyond its type: what the core takes for granted.
namespace accept {
inline constexpr auto any = [](const auto&) { return true; };
inline constexpr auto positive = [](auto value) { return value > 0; };
}  // namespace accept

template <class T>
concept HasFields = requires(T fields) {
  fields.visitFields([](const char*, auto&, auto) {});
};

// The names of an enumeration: `namesOf(E)`, found beside it, returns an array of these.
template <class E>
struct Named {
  std::string_view name;
  E value;
};

}  // namespace deeptype
