#include "packed_centroids.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "../../../platform/stop.h"

namespace deeptype::kmeans_detail {
namespace {

constexpr std::size_t kFewValues = std::size_t{1} << 21;  // of centroids that meet a block at once
constexpr float infinity = std::numeric_limits<float>::infinity();

// To the nearest bfloat16, ties to even; as a float32.
float roundToHalf(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u);
}

// The last bit of so large a float64 is worth 1: adding it rounds to the nearest integer.
constexpr double lastBitIsOne = 0x1.8p52;

}  // namespace

void Packed::set(View<const double> from, const Frame& frame, const HalfKernels* half,
                 std::size_t pairs, Which which) {
  clusters_ = from.rows;
  dims_ = from.columns;
  pairs_ = pairs;
  half_ = half;
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
  const double edge = which == Which::near ? edgeOf() : infinity;  // squared
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
  const bool fits = largest_ > 1e-30 && largest_ < 1e30;  // else all is lost
  unit_ = fits ? largest_ / kmeans_kernel::mostUnits : 0;
  perUnit_ = fits ? 1 / unit_ : 0;
  if (half_) largestResidual = setHalves();
  margin_ = marginOf(largest_, std::sqrt(largestResidual));
  apart_ = apartOf();
}

// Those beyond a gap of 8 times, unless that is near: with n the longest before the gap and f the
// shortest behind it, a point x is nearer to n's centroid while |x| + n < f - |x|.
double Packed::edgeOf() {
  constexpr double near = 64, gap = 8, slack = 0.999;
  reach_ = infinity;
  if (*std::max_element(squares_.begin(), squares_.end()) <= near * near) return infinity;
  std::vector<double> squares = squares_;
  std::sort(squares.begin(), squares.end());
  for (std::size_t k = 0; k + 1 < clusters_; ++k) {
    const double last = std::sqrt(squares[k]), next = std::sqrt(squares[k + 1]);
    if (next <= std::max(near, gap * last)) continue;
    reach_ = (slack * next - last) / 2;
    return squares[k + 1];
  }
  return infinity;
}

// Returns the largest square of what a centroid loses.
double Packed::setHalves() {
  const std::size_t rows = (clusters_ + half_->rowStep - 1) / half_->rowStep * half_->rowStep;
  halves_.resize(rows * pairs_);
  halves_.fill(0);
  near_.resize(values_.size());
  lost_.resize(values_.size());
  for (std::size_t j = 0; j < dims_; ++j) {
    checkStop();
    const auto [word, shift] = placeOf(j);
    for (std::size_t k = 0; k < clusters_; ++k) {
      const float value = values_[k * dims_ + j];
      const auto [near, bits] = rounded(value);
      halves_[k * pairs_ + word] |= bits << shift;
      near_[k * dims_ + j] = near;
      lost_[k * dims_ + j] = value - near;
    }
  }
  double largest = 0;
  for (std::size_t k = 0; k < clusters_; ++k) {
    checkStop();
    double square = 0;
    for (std::size_t j = 0; j < dims_; ++j) square += lost_[k * dims_ + j] * lost_[k * dims_ + j];
    largest = std::max(largest, square);
  }
  return largest;
}

Packed::Rounded Packed::rounded(float value) const {
  if (!half_->integers) {
    const float half = roundToHalf(value);
    return {half, std::bit_cast<std::uint32_t>(half) >> 16};
  }
  const double shifted = value * perUnit_ + lastBitIsOne;
  return {(shifted - lastBitIsOne) * unit_,
          static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(shifted) & 0xffff)};
}

Packed::Place Packed::placeOf(std::size_t column) const {
  if (!half_->integers) return {column / 2, column % 2 * 16};
  using kmeans_kernel::groupColumns;
  const std::size_t j = column % groupColumns, group = column - j;
  const std::size_t half = (std::min(dims_ - group, groupColumns) + 1) / 2;
  return {group / 2 + j % half, j / half * 16};
}

// With u the unit roundoff of float32, products and sums are off by at most
// (D + 8) u (|x||c| + |c|^2 / 2), which covers the rounding of x and c to float32 as well; twice
// that where the processor rounds as it likes. Rounding to 16 bits takes away at most
// |x||c - c'| + |x - x'|(|c| + |c - c'|). What float64 itself rounds off of long points counts too:
// there it may make equal what is not.
Margin Packed::marginOf(double largest, double largestResidual) const {
  // A product of float32 might overflow: all is in doubt.
  if (!(largest < 1e18)) return {infinity, 0, 0, 0};
  const double d = static_cast<double>(dims_ + 8) * 0x1p-24, u = half_ ? 2 * d : d;
  const double slack = 1.001 * (1 + 2 * d);  // norms and margins are float32 themselves
  return {static_cast<float>(slack * u * largest * largest / 2 + 1e-37),
          static_cast<float>(slack * (u * largest + largestResidual)),
          static_cast<float>(slack * (largest + largestResidual)),
          static_cast<float>(static_cast<double>(dims_ + 8) * 0x1p-52)};
}

// At most twice the margin of one score. Of what rounding to 16 bits takes away only the part in
// which two centroids differ counts: with e = c - c' at most |x||e_a - e_b| + |x - x'||c'_a -
// c'_b|.
Margin Packed::apartOf() const {
  constexpr std::size_t mostPairs = 64;  // of centroids with which all pairs are looked at
  Margin apart{2 * margin_.fixed, 2 * margin_.perNorm, 2 * margin_.perResidual,
               2 * margin_.perSquare};
  if (!half_ || clusters_ > mostPairs) return apart;
  const auto& kernel = kmeans_kernel::kernels();
  double farthest = 0, farthestLost = 0;
  for (std::size_t a = 0; a < clusters_; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const auto squared = [&](const Buffer<double>& rows) {
        return kernel.distance(rows.data() + a * dims_, rows.data() + b * dims_, dims_);
      };
      farthest = std::max(farthest, squared(near_));
      farthestLost = std::max(farthestLost, squared(lost_));
    }
  }
  // What is left of the margin of one score without that part, twice.
  const Margin exact = marginOf(largest_, 0);
  const double slack = 1.001;
  apart.perNorm = std::min<float>(
      apart.perNorm,
      static_cast<float>(2 * double{exact.perNorm} + slack * std::sqrt(farthestLost)));
  apart.perResidual =
      std::min<float>(apart.perResidual, static_cast<float>(slack * std::sqrt(farthest)));
  return apart;
}

void Packed::multiply(const Block& block, Buffer<float>& scores) const {
  const std::size_t step = half_ ? half_->rowStep : 1;
  scores.resize((clusters_ + step - 1) / step * step * lanes);
  // Some at a time, a multiple of every tile, where they are so many that they take long.
  const std::size_t together = std::max<std::size_t>(1, kFewValues / dims_ / lanes) * lanes;
  for (std::size_t k = 0; k < clusters_; k += together) {
    const std::size_t count = std::min(together, clusters_ - k);
    float* const to = scores.data() + k * lanes;
    if (k > 0) checkStop();
    if (half_) {
      half_->multiply(block.pairs, pairs_, halves_.data() + k * pairs_, count, block.units,
                      static_cast<float>(unit_), to);
    } else {
      kmeans_kernel::kernels().multiply(block.singles, dims_, values_.data() + k * dims_, count,
                                        to);
    }
  }
}

void Packed::nearest(const Buffer<float>& scores, const Block& block, std::size_t count,
                     Best& best) const {
  kmeans_kernel::kernels().nearest(scores.data(), halfSquares_.data(), clusters_, block.norms,
                                   block.residuals, apart_, best);
  if (reach_ < infinity) {
    for (std::size_t i = 0; i < count; ++i) {
      if (block.norms[i] <= reach_) continue;
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

// Without a fused multiply-add, which rounds once for two.
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
std::size_t decide(View<const T> rows, const Buffer<float>& scores, const Packed& packed,
                   View<const double> centroids, bool plain, Best& best) {
  const auto& kernel = kmeans_kernel::kernels();
  // All are asked for before one is read.
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
template std::size_t decide(View<const float>, const Buffer<float>&, const Packed&,
                            View<const double>, bool, Best&);
template std::size_t decide(View<const double>, const Buffer<float>&, const Packed&,
                            View<const double>, bool, Best&);

}  // namespace deeptype::kmeans_detail
