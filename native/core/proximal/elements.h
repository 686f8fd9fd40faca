#pragma once
// Elementwise helpers of the closed forms.
#include <bit>
#include <cstdint>
#include <type_traits>

#include "../platform/host_device.h"

namespace deeptype {

// x as T, rounded towards zero: a point in a ball stays in it.
template <class T>
DEEPTYPE_HOST_DEVICE_INLINE T towardsZero(double x) {
  if constexpr (std::is_same_v<T, double>) {
    return x;
  } else {
    const auto rounded = static_cast<float>(x);
    const double size = x < 0 ? -x : x;
    const double got = rounded < 0 ? -static_cast<double>(rounded) : static_cast<double>(rounded);
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) - (got > size ? 1u : 0u));
  }
}

// x bounded to [-bound, bound]; NaN passes through.
template <class T>
DEEPTYPE_HOST_DEVICE_INLINE T clamped(T x, T bound) {
  return x > bound ? bound : (x < -bound ? -bound : x);
}

}  // namespace deeptype
