// The distances as loops over rows, compiled for each instruction set.
#include <algorithm>
#include <array>

#include "../../../platform/simd/lanes.h"
#include "../../../terms/distances/distance.h"
#include "../../../terms/distances/registry.h"

namespace deeptype {
namespace {

// g = h - c; returns |g|_2^2, summed in float64
DEEPTYPE_INLINE double difference(const float* h, const float* c, std::size_t n, float* g) {
  simd::Doubles sums = {};
  std::size_t i = 0;
  for (; i + simd::kLanes <= n; i += simd::kLanes) {
    simd::Floats x, y;
    std::memcpy(&x, h + i, sizeof x);
    std::memcpy(&y, c + i, sizeof y);
    x -= y;
    std::memcpy(g + i, &x, sizeof x);
    const simd::Doubles wide = __builtin_convertvector(x, simd::Doubles);
    sums += wide * wide;
  }
  double sum = simd::total(sums);
  for (; i < n; ++i) {
    g[i] = h[i] - c[i];
    sum += static_cast<double>(g[i]) * g[i];
  }
  return sum;
}

// gradient_i = scale slope(distance_i) (h_i - c), c the centroid of the row's label
template <class Variant>
double evaluate(ConstMatrixView h, ConstMatrixView centroids, const std::int32_t* labels,
                float scale, MatrixView gradient) {
  double sum = 0;
  simd::dispatch([=, &sum]() DEEPTYPE_LAMBDA {
    constexpr std::size_t most = 16;  // rows whose roots are taken together
    for (std::size_t begin = 0; begin < h.rows; begin += most) {
      const std::size_t rows = std::min(most, h.rows - begin);
      double d[most] = {};
      float factors[most];
      for (std::size_t i = 0; i < rows; ++i) {
        const auto k = static_cast<std::size_t>(labels[begin + i]);
        d[i] = difference(h.row(begin + i), centroids.row(k), h.columns, gradient.row(begin + i));
      }
      for (std::size_t i = 0; i < most; ++i) {
        d[i] = Variant::value(d[i]);
        factors[i] = static_cast<float>(scale * Variant::slope(d[i]));
      }
      for (std::size_t i = 0; i < rows; ++i) {
        float* const g = gradient.row(begin + i);
        for (std::size_t r = 0; r < h.columns; ++r) g[r] *= factors[i];
        sum += d[i];
      }
    }
  });
  return sum;
}

template <class... Variant>
constexpr std::array<Distance, sizeof...(Variant)> tableOf(Variants<Variant...>) {
  return {Distance{Variant::name, evaluate<Variant>}...};
}

constexpr auto kDistances = tableOf(distances::All{});

}  // namespace

const Distance* findDistance(std::string_view name) { return findByName(kDistances, name); }

}  // namespace deeptype
