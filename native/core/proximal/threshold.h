#pragma once
// The equation sum_i max(v_i - tau, 0) = radius, shared by the L1 ball, the simplex, the L-infinity
// prox and the hierarchical prox.
#include <cmath>
#include <limits>

#include "../platform/host_device.h"

namespace deeptype {

// An unevaluated sum high + low, with |low| below half an ulp of high.
struct DoubleDouble {
  double high = 0, low = 0;
};

// sum += x, with the rounding error added to `error` (Knuth 1969, The Art of Computer Programming
// 2, 4.2.2).
template <class Number>
DEEPTYPE_HOST_DEVICE_INLINE void twoSum(Number& sum, Number& error, const Number& x) {
  const Number next = sum + x;
  const Number got = next - sum;
  error += (sum - (next - got)) + (x - got);
  sum = next;
}

// Sum and count of the values of a group greater than tau. The sum is compensated: next to a value
// of 1e17, values of 1 still count.
struct Above {
  DoubleDouble sum;
  double count = 0;  // of these values
};

enum class Magnitude { raw, absolute };  // thresholds v or |v|

// Solves sum_i max(v_i - tau, 0) = radius for tau, with |v| for Magnitude::absolute (|v|_1 > radius
// then). Michelot (1986): iterates tau = (sum of values above tau - radius) / their count; tau is
// nondecreasing and final when the count stays the same. Needs no sorting and no memory.
template <Magnitude magnitude, class Group>
DEEPTYPE_HOST_DEVICE DoubleDouble simplexThreshold(const Group& v, double radius) {
  DoubleDouble tau{magnitude == Magnitude::raw ? std::numeric_limits<double>::lowest() : 0};
  for (double last = -1;;) {
    Above part = v.template above<magnitude>(tau);
    if (part.count == 0 || part.count == last) return tau;
    twoSum(part.sum.high, part.sum.low, -radius);
    DoubleDouble next{(part.sum.high + part.sum.low) / part.count};
    next.low = (std::fma(-next.high, part.count, part.sum.high) + part.sum.low) / part.count;
    if (!(next.high - tau.high > tau.low - next.low)) return tau;
    tau = next;
    last = part.count;
  }
}

}  // namespace deeptype
