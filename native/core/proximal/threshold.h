#pragma once
// The one equation behind the L1 ball, the simplex, the L-infinity prox and the hierarchical prox:
// which tau makes the sum of what stands out above it a given number.
#include <cmath>
#include <limits>

#include "../platform/host_device.h"

namespace deeptype {

// A number as the sum of two, the second below the last digit of the first.
struct Exact {
  double high = 0, low = 0;
};

// a + b and what rounding took from it (Knuth 1969, The Art of Computer Programming 2, 4.2.2).
template <class Number>
DEEPTYPE_HOST_DEVICE_INLINE void addExactly(Number& sum, Number& error, const Number& x) {
  const Number next = sum + x;
  const Number got = next - sum;
  error += (sum - (next - got)) + (x - got);
  sum = next;
}

// The numbers of a group that are greater than tau. Sums keep what rounding takes: beside one
// number of 1e17, others of 1 count too.
struct Above {
  Exact sum;
  double count = 0;  // how many
};

enum class Sign { kept, dropped };  // of v, or of |v|

// The tau of sum_i max(v_i - tau, 0) = radius, of |v| where the sign is dropped (|v|_1 > radius
// then). Michelot (1986): tau = (sum of those above tau - radius) / their number, from all numbers
// on; it only grows, and has arrived when their number stays. Needs no sorting and no memory.
template <Sign sign, class Group>
DEEPTYPE_HOST_DEVICE Exact simplexThreshold(const Group& v, double radius) {
  Exact tau{sign == Sign::kept ? std::numeric_limits<double>::lowest() : 0};
  for (double last = -1;;) {
    Above part = v.template above<sign>(tau);
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
