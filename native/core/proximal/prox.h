#pragma once
// Proximal operators, in place: v = argmin_x 1/2 |x - v|_2^2 + t f(x), of a group v of float or
// double (see group.h). See Parikh & Boyd 2014, ch. 6.
#include <cmath>

#include "elements.h"
#include "threshold.h"

namespace deeptype {

// f = ratio |x|_1 + (1 - ratio)/2 |x|_2^2: soft thresholding by t ratio, then division by
// 1 + t (1 - ratio) (Zou & Hastie 2005, in scikit-learn's scaling)
template <class Group>
DEEPTYPE_HOST_DEVICE void proxElasticNet(Group v, double t, double ratio) {
  using T = typename Group::Number;
  const auto soft = static_cast<T>(t * ratio);
  const auto shrink = static_cast<T>(1 + t * (1 - ratio));
  v.map([soft, shrink](T x) DEEPTYPE_HOST_DEVICE_LAMBDA {  // NaN passes through
    const T size = (x < 0 ? -x : x) - soft;
    return size <= 0 ? T{0} : (x < 0 ? -size : size) / shrink;
  });
}

// f = |x|_1: soft thresholding, sign(v_i) max(|v_i| - t, 0)
template <class Group>
DEEPTYPE_HOST_DEVICE void proxL1(Group v, double t) {
  proxElasticNet(v, t, 1);
}

// f = 1/2 |x|_2^2: v / (1 + t)
template <class Group>
DEEPTYPE_HOST_DEVICE void proxL2Squared(Group v, double t) {
  proxElasticNet(v, t, 0);
}

// max(0, 1 - t / norm)
template <class T>
DEEPTYPE_HOST_DEVICE T groupL2Factor(double norm, double t) {
  return static_cast<T>(norm <= t ? 0 : 1 - t / norm);
}

// f = |x|_2: v max(0, 1 - t / |v|_2) (Yuan & Lin 2006)
template <class Group>
DEEPTYPE_HOST_DEVICE void proxGroupL2(Group v, double t) {
  using T = typename Group::Number;
  const auto factor = groupL2Factor<T>(v.l2(), t);
  if (factor == 0) {
    v.fill(T{0});
  } else {
    v.map([factor](T x) DEEPTYPE_HOST_DEVICE_LAMBDA { return x * factor; });
  }
}

// f = |x|_inf: v less its projection onto the L1 ball of radius t (Moreau's decomposition)
template <class Group>
DEEPTYPE_HOST_DEVICE void proxLInfinity(Group v, double t) {
  using T = typename Group::Number;
  if (t <= 0) return;
  const auto bound = static_cast<T>(simplexThreshold<Magnitude::absolute>(v, t).high);
  if (!(bound > 0)) return v.fill(T{0});  // |v|_1 <= t
  v.map([bound](T x) DEEPTYPE_HOST_DEVICE_LAMBDA { return clamped(x, bound); });
}

// (v, u) = argmin_(b,w) 1/2 |b - v|^2 + 1/2 |w - u|^2 + lambda |b|_2 + lambdaBar |w|_1
//          with |w_i| <= bound |b|_2      (Lemhadri et al. 2021, prop. 1, LassoNet's HIER-PROX)
// Where v = 0 the direction of b is arbitrary; the first axis is taken.
//
// Given n = |b|_2, b = v n / |v| and |w_i| = min(s_i, bound n), s_i = max(|u_i| - lambdaBar,
// 0). The problem is then convex in n; its derivative n - |v| + lambda - bound sum_i max(s_i -
// bound n, 0) is concave and increasing, so Newton's method converges monotonically from below.
template <class Group>
DEEPTYPE_HOST_DEVICE void proxHierarchical(Group v, Group u, double lambda, double lambdaBar,
                                           double bound) {
  using T = typename Group::Number;
  const double norm = v.l2();
  double n = 0;
  for (double last = -1; std::isfinite(n);) {
    const Above part = u.template above<Magnitude::absolute>({lambdaBar + bound * n});
    if (part.count == last) break;
    const double reach = part.sum.high - lambdaBar * part.count;
    const double next = (norm - lambda + bound * reach) / (1 + bound * bound * part.count);
    if (next <= n) break;
    n = next;
    last = part.count;
  }
  if (n <= 0 || v.size() == 0) {
    v.fill(T{0});
    return u.fill(T{0});
  }
  if (norm > 0) {
    v.map([factor = n / norm](double x)
              DEEPTYPE_HOST_DEVICE_LAMBDA { return static_cast<T>(x * factor); });
  } else {
    v[0] = static_cast<T>(n);
  }
  const auto largest = towardsZero<T>(bound * v.l2());
  u.map([largest, soft = static_cast<T>(lambdaBar)](T x) DEEPTYPE_HOST_DEVICE_LAMBDA {
    const T left = (x < 0 ? -x : x) - soft;
    const T size = left < largest ? left : largest;
    return size <= 0 ? T{0} : (x < 0 ? -size : size);
  });
}

}  // namespace deeptype
