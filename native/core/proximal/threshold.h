#pragma once
// The one equation behind the L1 ball, the simplex, the L-infinity prox and the hierarchical prox:
// which tau makes the sum of what stands out above it a given number.
#include <cmath>
#include <limits>
#include <span>

#include "../platform/simd/lanes.h"

namespace deeptype {

// A number as the sum of two, the second below the last digit of the first.
struct Exact {
  double high = 0, low = 0;
};

// a + b and what rounding took from it (Knuth 1969, The Art of Computer Programming 2, 4.2.2).
template <class Number>
DEEPTYPE_INLINE void addExactly(Number& sum, Number& error, const Number& x) {
  const Number next = sum + x;
  const Number got = next - sum;
  error += (sum - (next - got)) + (x - got);
  sum = next;
}

struct Above {
  Exact sum;         // of the numbers greater than tau
  double count = 0;  // how many
};

enum class Sign { kept, dropped };  // of v, or of |v|

// Sums keep what rounding takes: beside one number of 1e17, others of 1 count too.
template <Sign sign, class T>
Above above(std::span<const T> v, Exact tau) {
  Above result;
  simd::dispatch([&result, values = v.data(), n = v.size(), tau]() DEEPTYPE_LAMBDA {
    constexpr double neutral = sign == Sign::kept ? -std::numeric_limits<double>::infinity() : 0;
    simd::Doubles sums = {}, errors = {};
    simd::Masks counts = {};
    simd::forLanes(values, n, neutral, [&](const simd::Doubles& x) DEEPTYPE_LAMBDA {
      const simd::Doubles size = sign == Sign::dropped && x < 0 ? -x : x;
      const simd::Masks isAbove = size - tau.high > tau.low;
      addExactly(sums, errors, isAbove ? size : simd::Doubles{});
      counts -= isAbove;
    });
    for (std::size_t k = 0; k < simd::kLanes; ++k) {
      addExactly(result.sum.high, result.sum.low, sums[k]);
      result.sum.low += errors[k];
      result.count += static_cast<double>(counts[k]);
    }
  });
  return result;
}

// The tau of sum_i max(v_i - tau, 0) = radius, of |v| where the sign is dropped (|v|_1 > radius
// then). Michelot (1986): tau = (sum of those above tau - radius) / their number, from all numbers
// on; it only grows, and has arrived when their number stays. Needs no sorting and no memory.
template <Sign sign, class T>
Exact simplexThreshold(std::span<const T> v, double radius) {
  Exact tau{sign == Sign::kept ? std::numeric_limits<double>::lowest() : 0};
  for (double last = -1;;) {
    Above part = above<sign>(v, tau);
    if (part.count == 0 || part.count == last) return tau;
    addExactly(part.sum.high, part.sum.low, -radius);
    Exact next{(part.sum.high + part.sum.low) / part.count};
    next.low = (std::fma(-next.high, part.count, part.sum.high) + part.sum.low) / part.count;
    if (!(next.high - tau.high > tau.low - next.low)) return tau;
    tau = next;
    last = part.count;
  }
}

}  // namespace deeptype
