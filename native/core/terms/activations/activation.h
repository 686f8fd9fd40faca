#pragma once
// Element-wise non-linearities. One variant a file; registry.h lists them.
#include <cstddef>
#include <optional>
#include <string_view>

namespace deeptype {

struct Activation {
  const char* name;
  bool needsInput;  // backward reads z: the caller must keep it apart from h
  // h = f(z); h may be z when !needsInput
  void (*forward)(const float* z, float* h, std::size_t n);
  // d *= f'(z), given z (when needsInput) or h = f(z)
  void (*backward)(const float* z, const float* h, float* d, std::size_t n);
  // Where f(z) = z for z >= 0 and f(z) = slopeBelow z for z < 0: products apply f as they store.
  std::optional<float> slopeBelow{};
};

// nullptr when there is none of that name.
const Activation* findActivation(std::string_view name);

}  // namespace deeptype
