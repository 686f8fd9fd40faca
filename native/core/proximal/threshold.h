#pragma once
// The one equation behind the L1 ball, the simplex, the L-infinity prox and the hierarchical prox:
// which tau makes the sum of what stands out above it a given number.
#include <limits>
#include <span>

#include "../simd/lanes.h"

namespace deeptype {

struct Above {
  double sum = 0;    // of the numbers greater than tau
  double count = 0;  // how many
};

enum class Sign { kept, dropped };  // of v, or of |v|

template <Sign sign, class T>
Above above(std::span<const T> v, double tau) {
  Above result;
  simd::dispatch([&result, values = v.data(), n = v.size(), tau]() DEEPTYPE_LAMBDA {
    constexpr double neutral = sign == Sign::kept ? -std::numeric_limits<double>::infinity() : 0;
    simd::Doubles sums = {};
    simd::Masks counts = {};
    simd::forLanes(values, n, neutral, [&](const simd::Doubles& x) DEEPTYPE_LAMBDA {
      const simd::Doubles size = sign == Sign::dropped && x < 0 ? -x : x;
      const simd::Masks isAbove = size > tau;
      sums += isAbove ? size : simd::Doubles{};
      counts -= isAbove;
    });
    result.sum = simd::total(sums);
    for (std::size_t k = 0; k < simd::kLanes; ++k) result.count += static_cast<double>(counts[k]);
  });
  return result;
}

// The tau of sum_i max(v_i - tau, 0) = radius, of |v| where the sign is dropped (|v|_1 > radius
// then). Michelot (1986): tau = (sum of those above tau - radius) / their number, from all numbers
// on; it only grows, and has arrived when their number stays. Needs no sorting and no memory.
template <Sign sign, class T>
double simplexThreshold(std::span<const T> v, double radius) {
  double tau = sign == Sign::kept ? -std::numeric_limits<double>::infinity() : 0;
  for (double last = -1;;) {
    const Above part = above<sign>(v, tau);
    if (part.count == 0 || part.count == last) return tau;
    const double next = (part.sum - radius) / part.count;
    if (next <= tau) return tau;
    tau = next;
    last = part.count;
  }
}

}  // namespace deeptype
