#include "proximal_layer.h"

#include <algorithm>
#include <cmath>

#include "../math/norms.h"

namespace deeptype {
namespace {

constexpr unsigned kRounds = 200;  // of alternating, at most
constexpr double kStill = 1e-7;    // of the largest weight: no weight moved more in a round

}  // namespace

void ProximalLayer::operator()(MatrixView w, double threshold, unsigned threads) {
  if (constraint_ && !composes(*constraint_, penalty_)) return alternate(w, threshold, threads);
  prox(w, threshold);
  if (constraint_) bound(w, threads);
}

void ProximalLayer::bound(MatrixView w, unsigned threads) const {
  project(*constraint_, {w.data, w.rows, bounded_, w.stride}, threads);
}

void ProximalLayer::prox(MatrixView w, double threshold) const {
  for (std::size_t j = 0; j < w.rows; ++j)
    penalty_.prox(w.rowSpan(j), static_cast<float>(threshold));
}

void ProximalLayer::alternate(MatrixView w, double threshold, unsigned threads) {
  const std::size_t size = w.size();
  const auto reset = [size](Buffer<float>& buffer) {
    buffer.resize(size);
    buffer.fill(0);
  };
  reset(byProx_);
  reset(byProjection_);
  last_.resize(size);
  float* const x = w.data;
  for (unsigned round = 0; round < kRounds; ++round) {
    std::copy_n(x, size, last_.data());
    for (std::size_t i = 0; i < size; ++i) byProx_[i] += x[i];
    std::copy_n(byProx_.data(), size, x);
    prox(w, threshold);
    for (std::size_t i = 0; i < size; ++i) byProx_[i] -= x[i];

    for (std::size_t i = 0; i < size; ++i) byProjection_[i] += x[i];
    std::copy_n(byProjection_.data(), size, x);
    bound(w, threads);
    for (std::size_t i = 0; i < size; ++i) byProjection_[i] -= x[i];

    double moved = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double step = std::abs(static_cast<double>(x[i]) - last_[i]);
      moved = step > moved ? step : moved;
    }
    if (!(moved > kStill * lInfinityNorm({x, size}))) break;
  }
  // The last word is the prox's, for its zeros, and then the projection's, for the bound.
  for (std::size_t i = 0; i < size; ++i) x[i] += byProx_[i];
  prox(w, threshold);
  bound(w, threads);
}

}  // namespace deeptype
