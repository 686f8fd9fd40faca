#include "projections.h"

#include "../math/norms.h"
#include "elements.h"
#include "threshold.h"

namespace deeptype {
namespace {

// A vector much larger than the ball loses the last digits of the radius; what is left of it does
// not.
constexpr int kPasses = 2;

}  // namespace

template <class T>
void projectL1Ball(std::span<T> v, double radius) {
  for (int pass = 0; pass < kPasses && l1Norm(v) > radius; ++pass) {
    const Exact tau = simplexThreshold<Sign::dropped>(std::span<const T>(v), radius);
    mapElements(v, [tau](double x) DEEPTYPE_LAMBDA {
      const double size = ((x < 0 ? -x : x) - tau.high) - tau.low;
      return towardsZero<T>(size <= 0 ? 0 : (x < 0 ? -size : size));
    });
  }
}

template <class T>
void projectL2Ball(std::span<T> v, double radius) {
  for (int pass = 0; pass < kPasses; ++pass) {
    const double norm = l2Norm(v);
    if (!(norm > radius)) return;
    const double factor = radius / norm;
    mapElements(v, [factor](double x) DEEPTYPE_LAMBDA { return towardsZero<T>(x * factor); });
  }
}

template <class T>
void projectLInfinityBall(std::span<T> v, double radius) {
  const T bound = towardsZero<T>(radius);
  mapElements(v, [bound](T x) DEEPTYPE_LAMBDA { return clamped(x, bound); });
}

template <class T>
void projectSimplex(std::span<T> v) {
  const Exact tau = simplexThreshold<Sign::kept>(std::span<const T>(v), 1);
  mapElements(v, [tau](double x) DEEPTYPE_LAMBDA {
    const double size = (x - tau.high) - tau.low;
    return static_cast<T>(size > 0 ? size : 0);
  });
}

#define DEEPTYPE_INSTANTIATE(T)                             \
  template void projectL1Ball(std::span<T>, double);        \
  template void projectL2Ball(std::span<T>, double);        \
  template void projectLInfinityBall(std::span<T>, double); \
  template void projectSimplex(std::span<T>);
DEEPTYPE_INSTANTIATE(float)
DEEPTYPE_INSTANTIATE(double)
#undef DEEPTYPE_INSTANTIATE

}  // namespace deeptype
