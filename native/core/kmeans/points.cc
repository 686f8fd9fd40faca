#include "points.h"

#include <bit>
#include <cstring>
#include <limits>

#include "../threads.h"

namespace deeptype::kmeans_detail {
namespace {

// The mean of some rows, evenly spread, and their mean squared distance from the first: whatever
// they are, they change the speed of what follows and none of its results.
template <class T>
double sampleMean(View<const T> x, std::vector<double>& mean) {
  const auto& kernel = kmeans_kernel::kernels();
  const std::size_t d = x.columns;
  const std::size_t count =
      std::clamp<std::size_t>(x.rows / 64, std::min<std::size_t>(x.rows, 32), 512);
  const std::vector<double> first(x.row(0), x.row(0) + d);
  std::vector<double> sums(d, 0.0);
  std::vector<kmeans_kernel::Move> rows(count);
  for (std::size_t i = 0; i < count; ++i)
    rows[i] = {static_cast<std::uint32_t>(i * (x.rows / count)), -1, 0};
  const double squares = kernel.move(x, rows, first.data(), true, sums.data());
  for (std::size_t j = 0; j < d; ++j) mean[j] = first[j] + sums[j] / static_cast<double>(count);
  return squares / static_cast<double>(count);
}

// To the nearest bfloat16, ties to even; as a float32.
float roundToHalf(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u);
}

// The last bit of so large a float64 is worth 1: adding it rounds to the nearest integer.
constexpr double lastBitIsOne = 0x1.8p52;

}  // namespace

double scaleOf(double typical) {
  if (!(typical > 0) || !std::isfinite(typical)) return 1;
  return std::ldexp(1.0, std::clamp(-std::ilogb(typical), -126, 126));
}

template <class T>
Points<T>::Points(View<const T> data, const HalfKernels* half_)
    : x(data), reference(data.columns), half(half_) {
  const double spread = std::sqrt(sampleMean(x, reference));
  scale = scaleOf(spread);
  for (double& r : reference) {
    const double rounded = static_cast<float>(r);
    if (std::is_same_v<T, float> || std::abs(rounded - r) < spread / 16) r = rounded;
  }
  narrow.assign(reference.begin(), reference.end());
  reserve();
}

template <class T>
void Points<T>::reserve() {
  filled = false;
  if (half) pairs = ((dims() + 1) / 2 + half->pairStep - 1) / half->pairStep * half->pairStep;
  copy.resize(blockCount() * ((half ? pairs : dims()) + 3) * lanes);
}

template <class T>
void Points<T>::fill(unsigned threads) {
  if (filled) return;
  const double work = static_cast<double>(x.size()) * 16;
  parallelFor(chunks(), worthwhile(threads, work), [&](std::size_t chunk) {
    for (std::size_t b = chunkBegin(chunk); b < chunkBegin(chunk + 1); ++b) fillBlock(b);
  });
  filled = true;
}

template <class T>
void Points<T>::fillBlock(std::size_t b) {
  kmeans_kernel::kernels().fillBlock(rowsOf(b), frame(), pairs, block(b));
}

template <class T>
void Points<T>::useSingles(unsigned threads) {
  half = nullptr;
  reserve();
  fill(threads);
}

template <class T>
double Points<T>::meanVariance(const double* sums) {
  const auto n = static_cast<double>(x.rows);
  double squares = 0, offset = 0;
  for (std::size_t b = 0; b < blockCount(); ++b) {
    const float* norms = block(b).norms;
    for (std::size_t i = 0; i < rowsOf(b).rows; ++i) squares += double{norms[i]} * double{norms[i]};
  }
  squares /= scale * scale;
  for (std::size_t j = 0; j < dims(); ++j) offset += sums[j] * sums[j] / n;
  if (!std::isfinite(squares) || squares - offset < squares / 64) {  // too few digits are left
    std::vector<double> mean(dims());
    for (std::size_t j = 0; j < dims(); ++j) mean[j] = reference[j] + sums[j] / n;
    squares = offset = 0;
    for (std::size_t i = 0; i < x.rows; ++i)
      squares += kmeans_kernel::kernels().distance(x.row(i), mean.data(), dims());
  }
  return (squares - offset) / (n * static_cast<double>(dims()));
}

void Packed::set(View<const double> from, const double* reference, double scale,
                 const HalfKernels* half, std::size_t pairs) {
  clusters_ = from.rows;
  dims_ = from.columns;
  pairs_ = pairs;
  half_ = half;
  values_.resize(from.size());
  halfSquares_.resize(clusters_);
  double largest = 0, largestResidual = 0;
  for (std::size_t k = 0; k < clusters_; ++k) {
    double square = 0;
    for (std::size_t j = 0; j < dims_; ++j) {
      const double value = (from(k, j) - reference[j]) * scale;
      values_[k * dims_ + j] = static_cast<float>(value);
      square += value * value;
    }
    halfSquares_[k] = static_cast<float>(square / 2);
    largest = std::max(largest, square);
  }
  largest_ = std::sqrt(largest);
  const bool fits = largest_ > 1e-30 && largest_ < 1e30;  // else all is lost
  unit_ = fits ? largest_ / kmeans_kernel::mostUnits : 0;
  perUnit_ = fits ? 1 / unit_ : 0;
  if (half_) largestResidual = setHalves();
  margin_ = marginOf(largest_, std::sqrt(largestResidual));
  apart_ = apartOf();
}

// Returns the largest square of what a centroid loses.
double Packed::setHalves() {
  const std::size_t rows = (clusters_ + half_->rowStep - 1) / half_->rowStep * half_->rowStep;
  halves_.resize(rows * pairs_);
  halves_.fill(0);
  near_.resize(values_.size());
  lost_.resize(values_.size());
  for (std::size_t j = 0; j < dims_; ++j) {
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
// |x||c - c'| + |x - x'|(|c| + |c - c'|).
Margin Packed::marginOf(double largest, double largestResidual) const {
  const double d = static_cast<double>(dims_ + 8) * 0x1p-24, u = half_ ? 2 * d : d;
  const double slack = 1.001 * (1 + 2 * d);  // norms and margins are float32 themselves
  return {static_cast<float>(slack * u * largest * largest / 2 + 1e-37),
          static_cast<float>(slack * (u * largest + largestResidual)),
          static_cast<float>(slack * (largest + largestResidual))};
}

// At most twice the margin of one score. Of what rounding to 16 bits takes away only the part in
// which two centroids differ counts: with e = c - c' at most |x||e_a - e_b| + |x - x'||c'_a -
// c'_b|.
Margin Packed::apartOf() const {
  constexpr std::size_t mostPairs = 64;  // of centroids with which all pairs are looked at
  Margin apart{2 * margin_.fixed, 2 * margin_.perNorm, 2 * margin_.perResidual};
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
  if (half_) {
    const std::size_t rows = (clusters_ + half_->rowStep - 1) / half_->rowStep * half_->rowStep;
    scores.resize(rows * lanes);
    half_->multiply(block.pairs, pairs_, halves_.data(), clusters_, block.units,
                    static_cast<float>(unit_), scores.data());
  } else {
    scores.resize(clusters_ * lanes);
    kmeans_kernel::kernels().multiply(block.singles, dims_, values_.data(), clusters_,
                                      scores.data());
  }
}

void Packed::nearest(const Buffer<float>& scores, const Block& block, std::size_t count,
                     Best& best) const {
  kmeans_kernel::kernels().nearest(scores.data(), halfSquares_.data(), clusters_, block.norms,
                                   block.residuals, apart_, best);
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

template <class T>
std::size_t decide(View<const T> rows, const Buffer<float>& scores, const Packed& packed,
                   View<const double> centroids, Best& best) {
  const auto& kernel = kmeans_kernel::kernels();
  // All are asked for before one is read.
  eachBit(best.doubtful,
          [&](std::size_t i) { kmeans_kernel::prefetch(rows.row(i), rows.columns); });
  std::int32_t candidates[lanes];
  eachBit(best.doubtful, [&](std::size_t i) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t first = 0; first < centroids.rows; first += lanes) {
      std::size_t count = 0;
      for (std::size_t k = first; k < std::min(first + lanes, centroids.rows); ++k) {
        candidates[count] = static_cast<std::int32_t>(k);
        count += !(scores[k * lanes + i] - packed.halfSquares()[k] < best.limit[i]);
      }
      for (std::size_t c = 0; c < count; ++c) {
        const auto k = static_cast<std::size_t>(candidates[c]);
        const double distance = kernel.distance(rows.row(i), centroids.row(k), centroids.columns);
        if (distance < least) {
          least = distance;
          best.label[i] = candidates[c];
        }
      }
    }
  });
  return static_cast<std::size_t>(std::popcount(best.doubtful));
}

template struct Points<float>;
template struct Points<double>;
template Nearest nearestExactly(const float*, View<const double>);
template Nearest nearestExactly(const double*, View<const double>);
template std::size_t decide(View<const float>, const Buffer<float>&, const Packed&,
                            View<const double>, Best&);
template std::size_t decide(View<const double>, const Buffer<float>&, const Packed&,
                            View<const double>, Best&);

}  // namespace deeptype::kmeans_detail
