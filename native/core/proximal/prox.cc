#include "prox.h"

#include <algorithm>
#include <cmath>

#include "../math/norms.h"
#include "elements.h"
#include "threshold.h"

namespace deeptype {
template <class T>
void proxL1(std::span<T> v, double t) {
  proxElasticNet(v, t, 1);
}

template <class T>
void proxL2Squared(std::span<T> v, double t) {
  proxElasticNet(v, t, 0);
}

template <class T>
void proxElasticNet(std::span<T> v, double t, double ratio) {
  const auto soft = static_cast<T>(t * ratio);
  const auto shrink = static_cast<T>(1 + t * (1 - ratio));
  mapElements(v, [soft, shrink](T x) DEEPTYPE_LAMBDA {  // NaN passes through
    const T size = (x < 0 ? -x : x) - soft;
    return size <= 0 ? T{0} : (x < 0 ? -size : size) / shrink;
  });
}

template <class T>
void proxGroupL2(std::span<T> v, double t) {
  const auto factor = groupL2Factor<T>(l2Norm(v), t);
  if (factor == 0) {
    std::fill(v.begin(), v.end(), T{0});
  } else {
    mapElements(v, [factor](T x) DEEPTYPE_LAMBDA { return x * factor; });
  }
}

void scaleRows(MatrixView m, std::span<const float> factors) {
  simd::dispatch([m, f = factors.data()]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < m.rows; ++i) {
      float* const row = m.row(i);
      const float factor = f[i];
      if (factor == 0) {
        for (std::size_t j = 0; j < m.columns; ++j) row[j] = 0;
      } else {
        for (std::size_t j = 0; j < m.columns; ++j) row[j] *= factor;
      }
    }
  });
}

void addScaledRows(ConstMatrixView m, std::span<const float> factors, MatrixView sum) {
  simd::dispatch([m, sum, f = factors.data()]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < m.rows; ++i) {
      const float* const row = m.row(i);
      float* const to = sum.row(i);
      const float factor = f[i];
      for (std::size_t j = 0; j < m.columns; ++j) to[j] += factor * row[j];
    }
  });
}

template <class T>
void proxLInfinity(std::span<T> v, double t) {
  if (t <= 0) return;
  const auto bound = static_cast<T>(simplexThreshold<Sign::dropped>(std::span<const T>(v), t).high);
  if (!(bound > 0)) return std::fill(v.begin(), v.end(), T{0});  // |v|_1 <= t
  mapElements(v, [bound](T x) DEEPTYPE_LAMBDA { return clamped(x, bound); });
}

// With n = |b|_2 given, b = v n / |v| and |w_i| = min(s_i, bound n), s_i = max(|u_i| - lambdaBar,
// 0). What is left is convex in n; its slope n - |v| + lambda - bound sum_i max(s_i - bound n, 0)
// is concave and increasing, so that Newton's method climbs to its zero from below.
template <class T>
void proxHierarchical(std::span<T> v, std::span<T> u, double lambda, double lambdaBar,
                      double bound) {
  const double norm = l2Norm(v);
  double n = 0;
  for (double last = -1; std::isfinite(n);) {
    const Above part = above<Sign::dropped>(std::span<const T>(u), {lambdaBar + bound * n});
    if (part.count == last) break;
    const double reach = part.sum.high - lambdaBar * part.count;
    const double next = (norm - lambda + bound * reach) / (1 + bound * bound * part.count);
    if (next <= n) break;
    n = next;
    last = part.count;
  }
  if (n <= 0 || v.empty()) {
    std::fill(v.begin(), v.end(), T{0});
    return std::fill(u.begin(), u.end(), T{0});
  }
  if (norm > 0) {
    mapElements(
        v, [factor = n / norm](double x) DEEPTYPE_LAMBDA { return static_cast<T>(x * factor); });
  } else {
    v[0] = static_cast<T>(n);
  }
  const auto largest = towardsZero<T>(bound * l2Norm(v));
  mapElements(u, [largest, soft = static_cast<T>(lambdaBar)](T x) DEEPTYPE_LAMBDA {
    const T left = (x < 0 ? -x : x) - soft;
    const T size = left < largest ? left : largest;
    return size <= 0 ? T{0} : (x < 0 ? -size : size);
  });
}

#define DEEPTYPE_INSTANTIATE(T)                               \
  template void proxL1(std::span<T>, double);                 \
  template void proxL2Squared(std::span<T>, double);          \
  template void proxGroupL2(std::span<T>, double);            \
  template void proxLInfinity(std::span<T>, double);          \
  template void proxElasticNet(std::span<T>, double, double); \
  template void proxHierarchical(std::span<T>, std::span<T>, double, double, double);
DEEPTYPE_INSTANTIATE(float)
DEEPTYPE_INSTANTIATE(double)
#undef DEEPTYPE_INSTANTIATE

}  // namespace deeptype
