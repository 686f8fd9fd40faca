#include "restart.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../backends/cpu/gemm/gemm.h"
#include "../math/norms.h"
#include "../math/orthonormal.h"
#include "../math/random.h"
#include "objective.h"

namespace deeptype {
namespace {

constexpr std::uint64_t kStream = std::uint64_t{3} << 32;
constexpr unsigned kIterations = 40;      // of subspace iteration
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
  std::vector<std::size_t> indices;
  std::vector<float> weights;  // sqrt of the norm, scaled to a mean square of 1
};

LiveInputs liveInputs(ConstMatrixView w) {
  LiveInputs live;
  double squares = 0;
  for (std::size_t j = 0; j < w.rows; ++j) {
    const double norm = l2Norm(w.rowSpan(j));
    if (norm == 0) continue;
    live.indices.push_back(j);
    live.weights.push_back(static_cast<float>(std::sqrt(norm)));
    squares += norm;
  }
  const auto scale = static_cast<float>(
      std::sqrt(squares / static_cast<double>(std::max<std::size_t>(live.indices.size(), 1))));
  for (float& weight : live.weights) weight /= scale;
  return live;
}

// Z (N,d) = X[:, live] diag(weights)
Buffer<float> weightedInputs(ConstMatrixView x, const LiveInputs& live) {
  const std::size_t d = live.indices.size();
  Buffer<float> z(x.rows * d);
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i % 64 == 0) checkStop();
    for (std::size_t k = 0; k < d; ++k) z[i * d + k] = x(i, live.indices[k]) * live.weights[k];
  }
  return z;
}

// The leading principal directions V (M,d) of Z (N,d) by subspace iteration V <- orth((Z V^T)^T Z),
// and the mean square norm of Z V_m^T over its first `kept` rows.
double principalDirections(ConstMatrixView z, MatrixView v, std::size_t kept, unsigned threads) {
  Buffer<float> projected(kChunkRows * v.rows);
  Buffer<float> image(v.size());
  double squares = 0;
  const auto pass = [&](bool last) {
    image.fill(0);
    squares = 0;
    forChunks(z.rows, [&](std::size_t begin, std::size_t count) {
      const MatrixView y = projected.view(count, v.rows);
      gemmTransposeB(z.rowRange(begin, count), v, y, Accumulate::no, threads);
      if (last) {
        for (std::size_t i = 0; i < count; ++i) {
          const double norm = l2Norm({y.row(i), kept});
          squares += norm * norm;
        }
      } else {
        gemmTransposeA(y, z.rowRange(begin, count), image.view(v.rows, v.columns), Accumulate::yes,
                       threads);
      }
    });
  };
  for (unsigned iteration = 0; iteration < kIterations && v.rows < v.columns; ++iteration) {
    pass(false);
    std::copy_n(image.data(), v.size(), v.data);
    orthonormalize(v, 0);
  }
  pass(true);
  return squares / static_cast<double>(z.rows);
}

// The kept directions of the representation live in a random subspace of each layer's pairs.
void setPairs(MatrixView w, std::size_t i, std::size_t o, float value, bool pairedInput) {
  w(i, 2 * o) = value;
  w(i, 2 * o + 1) = -value;
  if (!pairedInput) return;
  w(i + 1, 2 * o) = -value;
  w(i + 1, 2 * o + 1) = value;
}

}  // namespace

void isometricRestart(Network& network, ConstMatrixView x, double scale, std::uint64_t seed,
                      unsigned threads) {
  const Layout& layout = network.layout();
  const LiveInputs live = liveInputs(std::as_const(network).weight(0));
  const std::size_t d = live.indices.size();
  std::size_t kept = d;  // dimensions that every layer can carry
  for (std::size_t l = 0; l + 1 < layout.layers(); ++l) kept = std::min(kept, layout.out(l) / 2);
  if (kept == 0) return;

  Random random(seed, kStream);
  const std::size_t searched = std::min(d, kept + kOversampling);
  Buffer<float> directions = randomOrthonormalRows(searched, d, random);
  const Buffer<float> z = weightedInputs(x, live);
  const double meanSquare =
      principalDirections(z.view(x.rows, d), directions.view(searched, d), kept, threads);
  const auto first = static_cast<float>(meanSquare > 0 ? scale / std::sqrt(meanSquare) : 0);

  Network start = Network::zeros(layout.widths(), network.activation(), layout.hasSkip());
  const float gain = pairGain(network.activation());
  Buffer<float> previous;  // (kept, pairs of the layer below)
  for (std::size_t l = 0; l + 1 < layout.layers(); ++l) {
    const std::size_t pairs = layout.out(l) / 2;
    Buffer<float> basis = randomOrthonormalRows(kept, pairs, random);
    const MatrixView w = start.weight(l);
    const std::size_t inputs = l == 0 ? d : layout.in(l) / 2;
    for (std::size_t i = 0; i < inputs; ++i) {
      checkStop();
      for (std::size_t o = 0; o < pairs; ++o) {
        double value = 0;
        for (std::size_t a = 0; a < kept; ++a) {
          const float from = l == 0 ? directions[a * d + i] : previous[a * inputs + i];
          value += static_cast<double>(from) * basis[a * pairs + o];
        }
        if (l == 0) {
          setPairs(w, live.indices[i], o, static_cast<float>(value) * first * live.weights[i],
                   false);
        } else {
          setPairs(w, 2 * i, o, static_cast<float>(value) / gain, true);
        }
      }
    }
    if (layout.out(l) % 2 == 1) {  // a unit without a partner starts small, not dead
      const double bound = 0.1 / std::sqrt(static_cast<double>(w.rows));
      for (std::size_t i = 0; i < inputs; ++i) {
        w(l == 0 ? live.indices[i] : i, w.columns - 1) =
            static_cast<float>(bound * (2 * random.uniform() - 1));
      }
    }
    previous = std::move(basis);
  }

  const std::size_t last = layout.layers() - 1;
  const double bound = kOutputScale / std::sqrt(static_cast<double>(layout.in(last)));
  const MatrixView w = start.weight(last);
  for (std::size_t i = 0; i < w.size(); ++i) {
    w.data[i] = static_cast<float>(bound * (2 * random.uniform() - 1));
  }
  for (std::size_t j = 0; j < layout.inputs() && layout.hasSkip(); ++j) {
    std::copy_n(network.skip().row(j), layout.outputs(), start.skip().row(j));
  }
  network.parameters().copyFrom(start.parameters().span());
}

}  // namespace deeptype
