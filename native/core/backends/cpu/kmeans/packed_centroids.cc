#include "packed_centroids.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "../../../platform/stop.h"

namespace deeptype::kmeans_detail {
namespace {

constexpr std::size_t kValuesPerBatch =
    std::size_t{1} << 21;  // values of the centroids multiplied with a block at a time
constexpr float infinity = std::numeric_limits<float>::infinity();

// To the nearest bfloat16, ties to even; as a float32.
float roundToBf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u);
}

// The ulp of so large a float64 is 1: adding it rounds to the nearest integer.
constexpr double lastBitIsOne = 0x1.8p52;

}  // namespace

void PackedCentroids::set(View<const double> from, const Frame& frame, const Kernels16* kernels16,
                          std::size_t pairs, Which which) {
  clusters_ = from.rows;
  dims_ = from.columns;
  pairs_ = pairs;
  kernels16_ = kernels16;
  values_.resize(from.size());
  halfSquares_.resize(clusters_);
  squares_.assign(clusters_, 0.0);
  for (std::size_t k = 0; k < clusters_; ++k) {
    checkStop();
    for (std::size_t j = 0; j < dims_; ++j) {
      const double value = (from(k, j) - frame.reference[j]) * frame.scale;
      values_[k * dims_ + j] = static_cast<float>(value);
      squares_[k] += value * value;
    }
  }
  const double edge = which == Which::near ? findOutliers() : infinity;  // squared
  double largest = 0, largestResidual = 0;
  for (std::size_t k = 0; k < clusters_; ++k) {
    halfSquares_[k] = static_cast<float>(squares_[k] / 2);
    if (squares_[k] < edge) {
      largest = std::max(largest, squares_[k]);
    } else {
      std::fill_n(values_.data() + k * dims_, dims_, 0.f);
      halfSquares_[k] = infinity;
    }
  }
  largest_ = std::sqrt(largest);
  const bool fits = largest_ > 1e-30 && largest_ < 1e30;  // otherwise all values round to 0
  unit_ = fits ? largest_ / kmeans_kernel::maxUnits : 0;
  perUnit_ = fits ? 1 / unit_ : 0;
  if (kernels16_) largestResidual = packValues16();
  margin_ = marginOf(largest_, std::sqrt(largestResidual));
  pairMargin_ = pairMarginOf();
}

// Centroids beyond a gap by a factor of 8 in their sorted norms are outliers, unless that is near.
// With n the largest norm before the gap and f the smallest after it, a point x is nearer to n's
// centroid while |x| + n < f - |x|.
double PackedCentroids::findOutliers() {
  constexpr double near = 64, gap = 8, slack = 0.999;
  maxNorm_ = infinity;
  if (*std::max_element(squares_.begin(), squares_.end()) <= near * near) return infinity;
  std::vector<double> squares = squares_;
  std::sort(squares.begin(), squares.end());
  for (std::size_t k = 0; k + 1 < clusters_; ++k) {
    const double last = std::sqrt(squares[k]), next = std::sqrt(squares[k + 1]);
    if (next <= std::max(near, gap * last)) continue;
    maxNorm_ = (slack * next - last) / 2;
    return squares[k + 1];
  }
  return infinity;
}

// Returns the largest squared norm of the rounding error of a centroid.
double PackedCentroids::packValues16() {
  const std::size_t rows =
      (clusters_ + kernels16_->rowStep - 1) / kernels16_->rowStep * kernels16_->rowStep;
  values16_.resize(rows * pairs_);
  values16_.fill(0);
  rounded_.resize(values_.size());
  roundingErrors_.resize(values_.size());
  for (std::size_t j = 0; j < dims_; ++j) {
    checkStop();
    const auto [word, shift] = placeOf(j);
    for (std::size_t k = 0; k < clusters_; ++k) {
      const float value = values_[k * dims_ + j];
      const auto [near, bits] = rounded(value);
      values16_[k * pairs_ + word] |= bits << shift;
      rounded_[k * dims_ + j] = near;
      roundingErrors_[k * dims_ + j] = value - near;
    }
  }
  double largest = 0;
  for (std::size_t k = 0; k < clusters_; ++k) {
    checkStop();
    double square = 0;
    for (std::size_t j = 0; j < dims_; ++j)
      square += roundingErrors_[k * dims_ + j] * roundingErrors_[k * dims_ + j];
    largest = std::max(largest, square);
  }
  return largest;
}

PackedCentroids::Rounded PackedCentroids::rounded(float value) const {
  if (!kernels16_->integers) {
    const float bf16 = roundToBf16(value);
    return {bf16, std::bit_cast<std::uint32_t>(bf16) >> 16};
  }
  const double shifted = value * perUnit_ + lastBitIsOne;
  return {(shifted - lastBitIsOne) * unit_,
          static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(shifted) & 0xffff)};
}

PackedCentroids::Place PackedCentroids::placeOf(std::size_t column) const {
  if (!kernels16_->integers) return {column / 2, column % 2 * 16};
  using kmeans_kernel::groupColumns;
  const std::size_t j = column % groupColumns, group = column - j;
  const std::size_t half = (std::min(dims_ - group, groupColumns) + 1) / 2;
  return {group / 2 + j % half, j / half * 16};
}

// With u the unit roundoff of float32, products and sums are off by at most
// (D + 8) u (|x||c| + |c|^2 / 2), which covers the rounding of x and c to float32 as well; twice
// that with 16-bit kernels, whose rounding is unspecified. Rounding to 16 bits adds at most
// |x||c - c'| + |x - x'|(|c| + |c - c'|). The rounding of float64 for points of large norm
// is included: it can make unequal distances equal.
Margin PackedCentroids::marginOf(double largest, double largestResidual) const {
  // A float32 product might overflow: all points are doubtful.
  if (!(largest < 1e18)) return {infinity, 0, 0, 0};
  const double d = static_cast<double>(dims_ + 8) * 0x1p-24, u = kernels16_ ? 2 * d : d;
  const double slack = 1.001 * (1 + 2 * d);  // norms and margins are float32 themselves
  return {static_cast<float>(slack * u * largest * largest / 2 + 1e-37),
          static_cast<float>(slack * (u * largest + largestResidual)),
          static_cast<float>(slack * (largest + largestResidual)),
          static_cast<float>(static_cast<double>(dims_ + 8) * 0x1p-52)};
}

// At most twice the margin of one score. Only the difference of the 16-bit rounding errors of two
// centroids counts: with e = c - c' at most |x||e_a - e_b| + |x - x'||c'_a -
// c'_b|.
Margin PackedCentroids::pairMarginOf() const {
  constexpr std::size_t mostPairs = 64;  // up to this many centroids all pairs are compared
  Margin apart{2 * margin_.fixed, 2 * margin_.perNorm, 2 * margin_.perResidual,
               2 * margin_.perSquare};
  if (!kernels16_ || clusters_ > mostPairs) return apart;
  const auto& kernel = kmeans_kernel::kernels();
  double farthest = 0, farthestLost = 0;
  for (std::size_t a = 0; a < clusters_; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const auto squared = [&](const Buffer<double>& rows) {
        return kernel.distance(rows.data() + a * dims_, rows.data() + b * dims_, dims_);
      };
      farthest = std::max(farthest, squared(rounded_));
      farthestLost = std::max(farthestLost, squared(roundingErrors_));
    }
  }
  // Twice the margin of one score without the 16-bit rounding errors.
  const Margin exact = marginOf(largest_, 0);
  const double slack = 1.001;
  apart.perNorm = std::min<float>(
      apart.perNorm,
      static_cast<float>(2 * double{exact.perNorm} + slack * std::sqrt(farthestLost)));
  apart.perResidual =
      std::min<float>(apart.perResidual, static_cast<float>(slack * std::sqrt(farthest)));
  return apart;
}

void PackedCentroids::multiply(const Block& block, Buffer<float>& scores) const {
  const std::size_t step = kernels16_ ? kernels16_->rowStep : 1;
  scores.resize((clusters_ + step - 1) / step * step * lanes);
  // In batches, a multiple of every tile size, so that the stop flag is polled in between.
  const std::size_t together = std::max<std::size_t>(1, kValuesPerBatch / dims_ / lanes) * lanes;
  for (std::size_t k = 0; k < clusters_; k += together) {
    const std::size_t count = std::min(together, clusters_ - k);
    float* const to = scores.data() + k * lanes;
    if (k > 0) checkStop();
    if (kernels16_) {
      kernels16_->multiply(block.pairs, pairs_, values16_.data() + k * pairs_, count, block.units,
                           static_cast<float>(unit_), to);
    } else {
      kmeans_kernel::kernels().multiply(block.floats, dims_, values_.data() + k * dims_, count, to);
    }
  }
}

void PackedCentroids::nearest(const Buffer<float>& scores, const Block& block, std::size_t count,
                              Best& best) const {
  kmeans_kernel::kernels().nearest(scores.data(), halfSquares_.data(), clusters_, block.norms,
                                   block.residuals, pairMargin_, best);
  if (maxNorm_ < infinity) {
    for (std::size_t i = 0; i < count; ++i) {
      if (block.norms[i] <= maxNorm_) continue;
      best.doubtful |= std::uint64_t{1} << i;
      best.limit[i] = -infinity;
    }
  }
  best.doubtful &= firstBits(count);
}

template <class T>
Nearest nearestExactly(const T* x, View<const double> centroids) {
  const auto& kernel = kmeans_kernel::kernels();
  Nearest nearest{0, kernel.distance(x, centroids.row(0), centroids.columns)};
  for (std::size_t k = 1; k < centroids.rows; ++k) {
    const double distance = kernel.distance(x, centroids.row(k), centroids.columns);
    if (distance < nearest.squaredDistance) nearest = {k, distance};
  }
  return nearest;
}

// Without fused multiply-add, as in a plain loop in JavaScript.
#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#endif
template <class T>
double plainDistance(const T* x, const double* c, std::size_t dims) {
  double sum = 0;
  for (std::size_t j = 0; j < dims; ++j) {
    const double apart = double{x[j]} - c[j], square = apart * apart;
    sum += square;
  }
  return sum;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif

template <class T>
std::size_t resolveDoubtful(View<const T> rows, const Buffer<float>& scores,
                            const PackedCentroids& packed, View<const double> centroids, bool plain,
                            Best& best) {
  const auto& kernel = kmeans_kernel::kernels();
  // Prefetches all doubtful rows before the first is read.
  eachBit(best.doubtful,
          [&](std::size_t i) { kmeans_kernel::prefetch(rows.row(i), rows.columns); });
  std::int32_t candidates[lanes];
  eachBit(best.doubtful, [&](std::size_t i) {
    checkStop();
    double least = infinity;
    for (std::size_t first = 0; first < centroids.rows; first += lanes) {
      std::size_t count = 0;
      for (std::size_t k = first; k < std::min(first + lanes, centroids.rows); ++k) {
        candidates[count] = static_cast<std::int32_t>(k);
        count += !(scores[k * lanes + i] - packed.halfSquares()[k] < best.limit[i]);
      }
      for (std::size_t c = 0; c < count; ++c) {
        const auto k = static_cast<std::size_t>(candidates[c]);
        const T* row = rows.row(i);
        const double* centroid = centroids.row(k);
        const double distance = plain ? plainDistance(row, centroid, rows.columns)
                                      : kernel.distance(row, centroid, rows.columns);
        if (distance < least) {
          least = distance;
          best.label[i] = candidates[c];
        }
      }
    }
  });
  return static_cast<std::size_t>(std::popcount(best.doubtful));
}

template Nearest nearestExactly(const float*, View<const double>);
template Nearest nearestExactly(const double*, View<const double>);
template double plainDistance(const float*, const double*, std::size_t);
template double plainDistance(const double*, const double*, std::size_t);
template std::size_t resolveDoubtful(View<const float>, const Buffer<float>&,
                                     const PackedCentroids&, View<const double>, bool, Best&);
template std::size_t resolveDoubtful(View<const double>, const Buffer<float>&,
                                     const PackedCentroids&, View<const double>, bool, Best&);

}  // namespace deeptype::kmeans_detail
