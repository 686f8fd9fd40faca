#include "screening.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>

#include "../../math/norms.h"
#include "../../math/orthonormal.h"
#include "../../math/random.h"
#include "../../platform/threads.h"
#include "gemm/gemm.h"
#include "objective_passes.h"

namespace deeptype {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kSeed = 0x5c4ee9;  // of the directions that are drawn
constexpr std::size_t kBlock = 16;         // directions that are added at a time
constexpr double kFew = 0.01;              // share of the inputs that may be long
constexpr double kNear = 0.5;  // of the length asked for: the part of a bound that is not known
constexpr double kNegligible = 1e-5;  // of |S|_F: what may be left, and what rounding may hide
constexpr double kOwn = 1e-5;        // of a direction: what must not lie along others of its block,
constexpr double kNew = 0.5;         // nor along those of earlier blocks
constexpr double kLeast = 1e-60;     // of |S|_F^2, whose rounding is relative
constexpr double kWorthwhile = 5e7;  // operations for G from which bounds pay,
constexpr double kWide = 4;          // where it has so many more rows than columns
constexpr std::size_t kSlice = 256;  // columns of X that are gathered at a time
constexpr double kMost = 0.25;       // of the inputs: the most whose rows are made by themselves

// |M|_F^2
double squares(ConstMatrixView m, unsigned threads) {
  std::vector<double> rows(m.rows);
  const std::size_t blocks = rowBlocks(m.rows, m.columns);
  parallelFor(blocks, threads, [&](std::size_t block) {
    const std::size_t begin = block * m.rows / blocks, end = (block + 1) * m.rows / blocks;
    squaredNorms(m.rowRange(begin, end - begin), std::span(rows).subspan(begin, end - begin));
  });
  return std::accumulate(rows.begin(), rows.end(), 0.0);
}

}  // namespace

// Directions up to which the bounds cost a small part of G; 0 where they do not pay.
std::size_t Screening::mostDirections() const {
  if (isWhole_) return 0;
  const auto n = static_cast<double>(x_.rows), d = static_cast<double>(g_.rows),
             r = static_cast<double>(g_.columns);
  if (2 * n * d * r < kWorthwhile || d < kWide * r) return 0;
  return std::min(x_.rows, g_.columns) / 4 / kBlock * kBlock;
}

void Screening::add(std::size_t begin, std::size_t count, const Workspace& pass) {
  if (mostDirections() == 0) {
    pass.groupGradient(x_.rowRange(begin, count), g_, begin == 0 ? Accumulate::no : Accumulate::yes,
                       threads_);
    return;
  }
  slopes_.resize(x_.rows * g_.columns);
  pass.groupSlopes(slopes_.view(x_.rows, g_.columns).rowRange(begin, count));
}

void Screening::measureInputs() {
  std::vector<double> squares(x_.columns, 0.0);
  constexpr std::size_t run = 512;
  parallelFor((x_.columns + run - 1) / run, threads_, [&](std::size_t part) {
    const std::size_t begin = part * run, count = std::min(run, x_.columns - begin);
    double* const sums = squares.data() + begin;
    for (std::size_t i = 0; i < x_.rows; ++i) {
      if (i % kChunkRows == 0) checkStop();
      const float* const x = x_.row(i) + begin;
      for (std::size_t j = 0; j < count; ++j) sums[j] += static_cast<double>(x[j]) * x[j];
    }
  });
  std::vector<double> sorted = squares;
  const auto few = static_cast<std::ptrdiff_t>(kFew * static_cast<double>(sorted.size()));
  std::nth_element(sorted.begin(), sorted.begin() + few, sorted.end(), std::greater<>());
  typicalLength_ = std::sqrt(sorted[static_cast<std::size_t>(few)]);
  inputSquares_ = std::move(squares);
}

// P gets kBlock more rows: the range of E^T E Omega, Omega (R,b) drawn at random. E loses its part
// along them.
void Screening::addDirections(MatrixView e) {
  const std::size_t n = x_.rows, r = g_.columns, most = mostDirections();
  const MatrixView p = directions_.view(most, r), fresh = p.rowRange(rank_, kBlock);
  const MatrixView minusT{along_.data() + rank_, n, kBlock, most};  // E Omega^T at first
  Random random(kSeed, rank_);
  for (std::size_t k = 0; k < kBlock; ++k)
    for (float& value : fresh.rowSpan(k)) value = static_cast<float>(random.normal());
  gemmTransposeB(e, fresh, minusT, Accumulate::no, threads_);
  gemmTransposeA(minusT, e, fresh, Accumulate::no, threads_);
  orthonormalize(fresh, kOwn);
  if (rank_ > 0) {  // E has lost these directions but for rounding
    const ConstMatrixView known = p.rowRange(0, rank_);
    Buffer<float> shares(kBlock * rank_);
    const MatrixView c = shares.view(kBlock, rank_);
    gemmTransposeB(fresh, known, c, Accumulate::no, threads_);
    for (float& share : shares) share = -share;
    gemm(c, known, fresh, Accumulate::yes, threads_);
    for (std::size_t k = 0; k < kBlock; ++k)
      if (!(l2Norm(fresh.rowSpan(k)) > kNew)) std::fill_n(fresh.row(k), r, 0.0f);
    orthonormalize(fresh, kOwn);
  }
  gemmTransposeB(e, fresh, minusT, Accumulate::no, threads_);
  for (std::size_t i = 0; i < n; ++i) {
    if (i % kChunkRows == 0) checkStop();
    for (float& value : minusT.rowSpan(i)) value = -value;
  }
  gemm(minusT, fresh, e, Accumulate::yes, threads_);
  rank_ += kBlock;
}

// S = T P + E with |E|_F at most nearEnough, where so many directions are enough.
void Screening::findRange(double nearEnough) {
  const std::size_t most = mostDirections();
  const ConstMatrixView s = std::as_const(slopes_).view(x_.rows, g_.columns);
  Buffer<float> rest;
  rest.copyFrom({s.data, s.size()});
  const MatrixView e = rest.view(s.rows, s.columns);
  directions_.resize(most * s.columns);
  along_.resize(x_.rows * most);
  rank_ = 0;
  const double whole = squares(s, threads_);
  double left = whole;
  const double enough = std::max(nearEnough * nearEnough, kNegligible * kNegligible * whole);
  while (left > enough && rank_ + kBlock <= most) {
    addDirections(e);
    left = squares(e, threads_);
  }
  const bool isTold = whole == 0 || whole > kLeast;
  restSquares_ = isTold && std::isfinite(left) ? left : kInfinity;
  rounding_ = kNegligible * std::sqrt(whole);
}

// C = X^T B, a chunk of rows at a time.
void Screening::product(ConstMatrixView b, MatrixView c) const {
  forChunks(x_.rows, [&](std::size_t begin, std::size_t count) {
    gemmTransposeA(x_.rowRange(begin, count), b.rowRange(begin, count), c,
                   begin == 0 ? Accumulate::no : Accumulate::yes, threads_);
  });
}

std::vector<double> Screening::bounds(double length) {
  const std::size_t d = g_.rows, most = mostDirections();
  std::vector<double> bounds(d, kInfinity);
  if (most == 0) return bounds;
  if (inputSquares_.empty()) measureInputs();
  findRange(typicalLength_ > 0 ? kNear * length / typicalLength_ : kInfinity);
  const bool isFar = length > 0 && typicalLength_ * std::sqrt(restSquares_) > length;
  if (isFar || !std::isfinite(restSquares_)) return bounds;

  std::vector<double> known(d, 0);  // |x_j^T T|^2
  if (rank_ > 0) {
    Buffer<float> images(d * rank_);
    product({along_.data(), x_.rows, rank_, most}, images.view(d, rank_));
    squaredNorms(images.view(d, rank_), known);
  }
  for (std::size_t j = 0; j < d; ++j) {
    bounds[j] = std::sqrt(known[j] + inputSquares_[j] * restSquares_) +
                rounding_ * std::sqrt(inputSquares_[j]);
  }
  return bounds;
}

std::vector<std::uint32_t> Screening::beyond(double length) {
  std::vector<std::uint32_t> all(g_.rows), inputs;
  std::iota(all.begin(), all.end(), 0u);
  if (!(length > 0) || mostDirections() == 0) return all;
  const std::vector<double> lengths = bounds(length);
  std::copy_if(all.begin(), all.end(), std::back_inserter(inputs),
               [&](std::uint32_t j) { return !(lengths[j] <= length); });
  const auto most = kMost * static_cast<double>(all.size());
  return static_cast<double>(inputs.size()) > most ? all : inputs;
}

ConstMatrixView Screening::rows(std::span<const std::uint32_t> inputs) {
  const std::size_t n = x_.rows, m = inputs.size();
  const MatrixView rows = g_.rowRange(0, m);
  const bool isWhole = m == g_.rows;
  if (m == 0) return rows;
  if (mostDirections() == 0) {  // G is there
    for (std::size_t k = 0; k < m && !isWhole; ++k)
      std::copy_n(g_.row(inputs[k]), g_.columns, rows.row(k));
    return rows;
  }
  const ConstMatrixView s = std::as_const(slopes_).view(n, g_.columns);
  if (isWhole) {
    product(s, rows);
    return rows;
  }
  for (std::size_t begin = 0; begin < m; begin += kSlice) {
    const std::size_t count = std::min(kSlice, m - begin);
    columnsOfX_.resize(n * count);
    const std::size_t blocks = rowBlocks(n, count);
    parallelFor(blocks, threads_, [&](std::size_t block) {
      for (std::size_t i = block * n / blocks; i < (block + 1) * n / blocks; ++i)
        for (std::size_t k = 0; k < count; ++k)
          columnsOfX_[i * count + k] = x_(i, inputs[begin + k]);
    });
    gemmTransposeA(std::as_const(columnsOfX_).view(n, count), s, rows.rowRange(begin, count),
                   Accumulate::no, threads_);
  }
  return rows;
}

}  // namespace deeptype
