#include "points.h"

#include <bit>
#include <cmath>

#include "../../../platform/simd/simd.h"
#include "../../../platform/stop.h"
#include "../../../platform/threads.h"
#include "sample.h"

namespace deeptype::kmeans_detail {
double scaleOf(double typical) {
  if (!(typical > 0) || !std::isfinite(typical)) return 1;
  return std::ldexp(1.0, std::clamp(-std::ilogb(typical), -126, 126));
}

template <class T>
Points<T>::Points(View<const T> data, const Kernels16* with) : x(data), kernels16(with) {
  Sample sample = sampleOf(x);
  scale = scaleOf(sample.spread);
  step_ = sample.step;
  reference = std::move(sample.centre);
  for (double& r : reference) {
    const double rounded = static_cast<float>(r);
    if (std::is_same_v<T, float> || std::abs(rounded - r) < sample.spread / 16) r = rounded;
  }
  referenceFloat.assign(reference.begin(), reference.end());
  reserve();
}

template <class T>
void Points<T>::reserve() {
  filled = false;
  if (kernels16)
    pairs =
        ((dims() + 1) / 2 + kernels16->pairStep - 1) / kernels16->pairStep * kernels16->pairStep;
  copy.resize(blockCount() * ((kernels16 ? pairs : dims()) + 3) * lanes);
}

template <class T>
void Points<T>::fill(unsigned threads) {
  if (filled) return;
  const double work = static_cast<double>(x.size()) * 16;
  parallelFor(chunks(), threadsFor(threads, work), [&](std::size_t chunk) {
    for (std::size_t b = chunkBegin(chunk); b < chunkBegin(chunk + 1); ++b) {
      checkStop();
      fillBlock(b);
    }
  });
  markFilled();
}

template <class T>
void Points<T>::markFilled() {
  if (filled) return;
  filled = true;
  uneven = longestNorm() > evenLimit();
}

// Compares bit patterns, which are ordered as nonnegative floats are: integer maxima vectorise.
template <class T>
double Points<T>::longestNorm() {
  std::uint32_t longest = 0;
  simd::dispatch([&]() DEEPTYPE_LAMBDA {
    for (std::size_t b = 0; b < blockCount(); ++b) {
      const float* norms = block(b).norms;
      for (std::size_t i = 0; i < lanes; ++i)
        longest = std::max(longest, std::bit_cast<std::uint32_t>(norms[i]));
    }
  });
  return double{std::bit_cast<float>(longest)};
}

template <class T>
double Points<T>::evenLimit() const {
  return std::min(step_ * scale * 0x1p26, 0x1p40);
}

template <class T>
void Points<T>::fillBlock(std::size_t b) {
  kmeans_kernel::kernels().fillBlock(rowsOf(b), frame(), pairs, block(b));
}

template <class T>
void Points<T>::switchToFloat32(unsigned threads) {
  kernels16 = nullptr;
  reserve();
  fill(threads);
}

template <class T>
double Points<T>::meanVariance(const double* sums) {
  constexpr double far = 16;
  const auto n = static_cast<double>(x.rows), d = static_cast<double>(dims());
  const double edge = far * middleNorm();
  double squares = 0, inner = 0, offset = 0;
  eachNorm([&](std::size_t, double norm) {
    squares += norm * norm;
    inner += norm <= edge ? norm * norm : 0;
  });
  if (uneven || squares > far * inner) return edge > evenLimit() ? 0 : inlierVariance(edge);
  squares /= scale * scale;
  for (std::size_t j = 0; j < dims(); ++j) offset += sums[j] * sums[j] / n;
  if (squares - offset >= squares / 64) return (squares - offset) / (n * d);
  std::vector<double> mean(dims());  // cancellation: recompute about the mean
  for (std::size_t j = 0; j < dims(); ++j) mean[j] = reference[j] + sums[j] / n;
  squares = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % lanes == 0) checkStop();
    squares += kmeans_kernel::kernels().distance(x.row(i), mean.data(), dims());
  }
  return squares / (n * d);
}

// The median of the nonzero norms of evenly spaced rows.
template <class T>
double Points<T>::middleNorm() {
  const std::size_t step = (x.rows + 63) / 64;
  std::vector<double> norms;
  for (std::size_t i = 0; i < x.rows; i += step)
    norms.push_back(double{block(i / lanes).norms[i % lanes]});
  return medianOfNonZero(norms);
}

template <class T>
double Points<T>::inlierVariance(double edge) {
  std::vector<double> mean(dims(), 0.0);
  double count = 0, squares = 0;
  const auto eachInlier = [&](auto body) {
    eachNorm([&](std::size_t i, double norm) {
      if (norm <= edge) body(x.row(i));
    });
  };
  eachInlier([&](const T* row) {
    ++count;
    for (std::size_t j = 0; j < dims(); ++j) mean[j] += double{row[j]} - reference[j];
  });
  for (std::size_t j = 0; j < dims(); ++j) mean[j] = reference[j] + mean[j] / count;
  eachInlier([&](const T* row) {
    squares += kmeans_kernel::kernels().distance(row, mean.data(), dims());
  });
  return squares / (count * static_cast<double>(dims()));
}

template struct Points<float>;
template struct Points<double>;

}  // namespace deeptype::kmeans_detail
