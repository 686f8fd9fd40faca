#include "points.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "../gemm/gemm.h"
#include "../threads.h"

namespace deeptype::kmeans_detail {
namespace {

// Fewer page faults on first touch and fewer TLB misses after; nothing where it is not offered.
void wantHugePages([[maybe_unused]] Buffer<float>& buffer) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = 4096;
  const auto begin = (reinterpret_cast<std::uintptr_t>(buffer.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(buffer.end()) / page * page;
  if (end >= begin + (1u << 22))
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace

template <class T>
Points<T>::Points(View<const T> data, unsigned threads) : x(data), mean(data.columns) {
  const auto& kernel = kmeans_kernel::kernels();
  const std::size_t d = dims();
  threads = worthwhile(threads, static_cast<double>(x.size()) * 4);

  // Column sums of the differences from the first row, so that an offset costs no digits.
  const std::vector<double> first(x.row(0), x.row(0) + d);
  Buffer<double> sums(chunks() * d, 0.0);
  std::vector<double> squares(chunks(), 0.0);
  parallelFor(chunks(), threads, [&](std::size_t chunk) {
    const std::int32_t zeros[lanes] = {};
    for (std::size_t b = chunkBegin(chunk); b < chunkBegin(chunk + 1); ++b)
      squares[chunk] += kernel.add(rowsOf(b), zeros, first.data(), sums.data() + chunk * d);
  });
  double square = 0;
  const auto n = static_cast<double>(x.rows);
  for (std::size_t chunk = 0; chunk < chunks(); ++chunk) {
    square += squares[chunk];
    for (std::size_t j = 0; j < d; ++j) mean[j] += sums[chunk * d + j];
  }
  for (std::size_t j = 0; j < d; ++j) mean[j] = first[j] + mean[j] / n;
  scale = scaleOf(std::sqrt(square / n));

  blocks.resize(blockCount() * d * lanes);
  wantHugePages(blocks);
  norms.resize(blockCount() * lanes);
  parallelFor(chunks(), threads, [&](std::size_t chunk) {
    squares[chunk] = 0;
    for (std::size_t b = chunkBegin(chunk); b < chunkBegin(chunk + 1); ++b) {
      float* norm = norms.data() + b * lanes;
      kernel.fillBlock(rowsOf(b), mean.data(), scale, blocks.data() + b * d * lanes, norm);
      for (std::size_t i = 0; i < lanes; ++i) squares[chunk] += double{norm[i]} * double{norm[i]};
    }
  });
  for (const double part : squares) meanVariance += part;
  meanVariance /= n * static_cast<double>(d) * scale * scale;
}

void Centroids32::set(View<const double> from, const double* mean, double scale) {
  values.resize(from.size());
  halfSquares.resize(from.rows);
  double largest = 0;
  for (std::size_t k = 0; k < from.rows; ++k) {
    double square = 0;
    for (std::size_t j = 0; j < from.columns; ++j) {
      const double value = (from(k, j) - mean[j]) * scale;
      values[k * from.columns + j] = static_cast<float>(value);
      square += value * value;
    }
    halfSquares[k] = static_cast<float>(square / 2);
    largest = std::max(largest, square);
  }
  largestNorm = std::sqrt(largest);
}

void Centroids32::multiply(ConstMatrixView block, Buffer<float>& products) const {
  const std::size_t clusters = halfSquares.size();
  products.resize(clusters * lanes);
  gemm(values.view(clusters, block.rows), block, products.view(clusters, lanes), Accumulate::no, 1);
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

template struct Points<float>;
template struct Points<double>;
template Nearest nearestExactly(const float*, View<const double>);
template Nearest nearestExactly(const double*, View<const double>);

}  // namespace deeptype::kmeans_detail
