#include "proximal_layer.h"

#include <algorithm>
#include <cmath>

#include "../math/norms.h"

namespace deeptype {
namespace {

constexpr unsigned kMaxRounds = 200;  // of Dykstra's algorithm
constexpr double kTolerance =
    1e-7;  // largest change of a weight in a round, relative to the largest weight

}  // namespace

void ProximalLayer::operator()(MatrixView w, double threshold, unsigned threads) {
  if (constraint_ && !composes(*constraint_, penalty_)) return dykstra(w, threshold, threads);
  prox(w, threshold);
  if (constraint_) projectConstraint(w, threads);
}

void ProximalLayer::projectConstraint(MatrixView w, unsigned threads) const {
  project(*constraint_, {w.data, w.rows, constrainedColumns_, w.stride}, threads);
}

void ProximalLayer::prox(MatrixView w, double threshold) const {
  for (std::size_t j = 0; j < w.rows; ++j)
    penalty_.prox(w.rowSpan(j), static_cast<float>(threshold));
}

void ProximalLayer::dykstra(MatrixView w, double threshold, unsigned threads) {
  const std::size_t size = w.size();
  const auto reset = [size](Buffer<float>& buffer) {
    buffer.resize(size);
    buffer.fill(0);
  };
  reset(proxCorrection_);
  reset(projectionCorrection_);
  previous_.resize(size);
  float* const x = w.data;
  for (unsigned round = 0; round < kMaxRounds; ++round) {
    std::copy_n(x, size, previous_.data());
    for (std::size_t i = 0; i < size; ++i) proxCorrection_[i] += x[i];
    std::copy_n(proxCorrection_.data(), size, x);
    prox(w, threshold);
    for (std::size_t i = 0; i < size; ++i) proxCorrection_[i] -= x[i];

    for (std::size_t i = 0; i < size; ++i) projectionCorrection_[i] += x[i];
    std::copy_n(projectionCorrection_.data(), size, x);
    projectConstraint(w, threads);
    for (std::size_t i = 0; i < size; ++i) projectionCorrection_[i] -= x[i];

    double moved = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double step = std::abs(static_cast<double>(x[i]) - previous_[i]);
      moved = step > moved ? step : moved;
    }
    if (!(moved > kTolerance * lInfinityNorm({x, size}))) break;
  }
  // Ends with a prox, for exact zeros, and a projection, for an exact bound.
  for (std::size_t i = 0; i < size; ++i) x[i] += proxCorrection_[i];
  prox(w, threshold);
  projectConstraint(w, threads);
}

}  // namespace deeptype
