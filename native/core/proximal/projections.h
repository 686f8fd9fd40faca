#pragma once
// Euclidean projections, in place, of a group v of float or double (see group.h). Results are
// rounded towards zero, so that they lie in the ball; points already in it are unchanged.
#include "elements.h"
#include "threshold.h"

namespace deeptype {

// The first pass of a vector much larger than the ball misses the radius by its rounding error; the
// second corrects it.
constexpr int kProjectionPasses = 2;

// onto |x|_1 <= radius
template <class Group>
DEEPTYPE_HOST_DEVICE void projectL1Ball(Group v, double radius) {
  using T = typename Group::Number;
  for (int pass = 0; pass < kProjectionPasses && v.l1() > radius; ++pass) {
    const DoubleDouble tau = simplexThreshold<Magnitude::absolute>(v, radius);
    v.map([tau](double x) DEEPTYPE_HOST_DEVICE_LAMBDA {
      const double size = ((x < 0 ? -x : x) - tau.high) - tau.low;
      return towardsZero<T>(size <= 0 ? 0 : (x < 0 ? -size : size));
    });
  }
}

// onto |x|_2 <= radius
template <class Group>
DEEPTYPE_HOST_DEVICE void projectL2Ball(Group v, double radius) {
  using T = typename Group::Number;
  for (int pass = 0; pass < kProjectionPasses; ++pass) {
    const double norm = v.l2();
    if (!(norm > radius)) return;
    const double factor = radius / norm;
    v.map([factor](double x) DEEPTYPE_HOST_DEVICE_LAMBDA { return towardsZero<T>(x * factor); });
  }
}

// onto |x_i| <= radius
template <class Group>
DEEPTYPE_HOST_DEVICE void projectLInfinityBall(Group v, double radius) {
  using T = typename Group::Number;
  const T bound = towardsZero<T>(radius);
  v.map([bound](T x) DEEPTYPE_HOST_DEVICE_LAMBDA { return clamped(x, bound); });
}

// onto x_i >= 0, sum x_i = 1
template <class Group>
DEEPTYPE_HOST_DEVICE void projectSimplex(Group v) {
  using T = typename Group::Number;
  const DoubleDouble tau = simplexThreshold<Magnitude::raw>(v, 1);
  v.map([tau](double x) DEEPTYPE_HOST_DEVICE_LAMBDA {
    const double size = (x - tau.high) - tau.low;
    return static_cast<T>(size > 0 ? size : 0);
  });
}

}  // namespace deeptype
