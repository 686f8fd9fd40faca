#include "isometric_start.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../math/norms.h"
#include "../math/orthonormal.h"
#include "../math/random.h"

namespace deeptype {
namespace {

constexpr std::uint64_t kStream = std::uint64_t{3} << 32;
constexpr std::size_t kOversampling = 4;  // extra directions that speed its convergence
constexpr double kOutputScale = 3;        // of the output layer's new weights, in 1/sqrt(inputs)

Buffer<float> randomOrthonormalRows(std::size_t rows, std::size_t columns, Random& random) {
  Buffer<float> v(rows * columns);
  forRuns(v.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) v[i] = static_cast<float>(random.normal());
  });
  orthonormalize(v.view(rows, columns), 0);
  return v;
}

// (f(h) - f(-h)) / h near 0: what a pair of units multiplies its input by.
float pairGain(const Activation& activation) {
  constexpr float h = 0.01f;
  const float z[2] = {h, -h};
  float f[2];
  activation.forward(z, f, 2);
  return (f[0] - f[1]) / h;
}

struct LiveInputs {
  std::vector<std::uint32_t> indices;
  std::vector<float> weights;  // sqrt of the norm, scaled to a mean square of 1
};

LiveInputs liveInputs(ConstMatrixView w) {
  LiveInputs live;
  double squares = 0;
  for (std::size_t j = 0; j < w.rows; ++j) {
    const double norm = l2Norm(w.rowSpan(j));
    if (norm == 0) continue;
    live.indices.push_back(static_cast<std::uint32_t>(j));
    live.weights.push_back(static_cast<float>(std::sqrt(norm)));
    squares += norm;
  }
  const auto scale = static_cast<float>(
      std::sqrt(squares / static_cast<double>(std::max<std::size_t>(live.indices.size(), 1))));
  for (float& weight : live.weights) weight /= scale;
  return live;
}

// The kept directions of the representation live in a random subspace of each layer's pairs.
void setPairs(MatrixView w, std::size_t i, std::size_t o, float value, bool pairedInput) {
  w(i, 2 * o) = value;
  w(i, 2 * o + 1) = -value;
  if (!pairedInput) return;
  w(i + 1, 2 * o) = -value;
  w(i + 1, 2 * o + 1) = value;
}

// W_1 of the start: the directions (kept,d) by the basis (kept,pairs), through weighted inputs.
// first = scale / the root mean square norm of the directions' image.
void setFirstLayer(MatrixView w, const LiveInputs& live, ConstMatrixView directions,
                   ConstMatrixView basis, float first) {
  for (std::size_t i = 0; i < live.indices.size(); ++i) {
    checkStop();
    for (std::size_t o = 0; o < basis.columns; ++o) {
      double value = 0;
      for (std::size_t a = 0; a < basis.rows; ++a)
        value += static_cast<double>(directions(a, i)) * basis(a, o);
      setPairs(w, live.indices[i], o, static_cast<float>(value) * first * live.weights[i], false);
    }
  }
}

// W_l of the start: from the basis (kept,pairs) of the layer below to that of this one.
void setHiddenLayer(MatrixView w, ConstMatrixView below, ConstMatrixView basis, float gain) {
  for (std::size_t i = 0; i < below.columns; ++i) {
    checkStop();
    for (std::size_t o = 0; o < basis.columns; ++o) {
      double value = 0;
      for (std::size_t a = 0; a < basis.rows; ++a)
        value += static_cast<double>(below(a, i)) * basis(a, o);
      setPairs(w, 2 * i, o, static_cast<float>(value) / gain, true);
    }
  }
}

// A unit without a partner starts small, not dead.
void setOddUnit(MatrixView w, std::span<const std::uint32_t> inputs, std::size_t count,
                Random& random) {
  const double bound = 0.1 / std::sqrt(static_cast<double>(w.rows));
  for (std::size_t i = 0; i < count; ++i) {
    w(inputs.empty() ? i : inputs[i], w.columns - 1) =
        static_cast<float>(bound * (2 * random.uniform() - 1));
  }
}

void setOutputLayer(MatrixView w, Random& random) {
  const double bound = kOutputScale / std::sqrt(static_cast<double>(w.rows));
  for (std::size_t i = 0; i < w.size(); ++i)
    w.data[i] = static_cast<float>(bound * (2 * random.uniform() - 1));
}

// Dimensions that every layer can carry.
std::size_t carriedDimensions(const Layout& layout, std::size_t live) {
  std::size_t kept = live;
  for (std::size_t l = 0; l + 1 < layout.layers(); ++l) kept = std::min(kept, layout.out(l) / 2);
  return kept;
}

}  // namespace

void isometricStart(Network& network, Backend& backend, double scale, std::uint64_t seed) {
  const Layout& layout = network.layout();
  const LiveInputs live = liveInputs(std::as_const(network).weight(0));
  const std::size_t d = live.indices.size(), kept = carriedDimensions(layout, d);
  if (kept == 0) return;

  Random random(seed, kStream);
  const std::size_t searched = std::min(d, kept + kOversampling);
  Buffer<float> storage = randomOrthonormalRows(searched, d, random);
  const MatrixView directions = storage.view(searched, d);
  const double meanSquare =
      backend.principalDirections(live.indices, live.weights, directions, kept);
  const auto first = static_cast<float>(meanSquare > 0 ? scale / std::sqrt(meanSquare) : 0);

  Network start = Network::zeros(layout.widths(), network.activation(), layout.hasSkip());
  const float gain = pairGain(network.activation());
  const std::size_t last = layout.layers() - 1;
  Buffer<float> below;  // (kept, pairs of the layer below)
  for (std::size_t l = 0; l < last; ++l) {
    const std::size_t pairs = layout.out(l) / 2, inputs = l == 0 ? d : layout.in(l) / 2;
    Buffer<float> basis = randomOrthonormalRows(kept, pairs, random);
    const MatrixView w = start.weight(l);
    if (l == 0)
      setFirstLayer(w, live, directions, basis.view(kept, pairs), first);
    else
      setHiddenLayer(w, below.view(kept, inputs), basis.view(kept, pairs), gain);
    if (layout.out(l) % 2 == 1)
      setOddUnit(w, l == 0 ? std::span(live.indices) : std::span<const std::uint32_t>(), inputs,
                 random);
    below = std::move(basis);
  }
  setOutputLayer(start.weight(last), random);
  for (std::size_t j = 0; j < layout.inputs() && layout.hasSkip(); ++j)
    std::copy_n(network.skip().row(j), layout.outputs(), start.skip().row(j));
  network.parameters().copyFrom(start.parameters().span());
}

}  // namespace deeptype
