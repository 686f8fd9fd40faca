// The gradient computed in blocks, and passes over parts of the rows, against undivided passes.
#include "backends/cpu/workspace.h"

#include <atomic>
#include <cstring>
#include <vector>

#include "check.h"
#include "math/random.h"

using namespace deeptype;

namespace {

bool equal(ConstMatrixView a, ConstMatrixView b) {
  bool same = a.rows == b.rows && a.columns == b.columns;
  for (std::size_t i = 0; same && i < a.rows; ++i)
    same = std::memcmp(a.row(i), b.row(i), a.columns * sizeof(float)) == 0;
  return same;
}

void fill(MatrixView m, Random& random) {
  for (std::size_t i = 0; i < m.rows; ++i)
    for (float& x : m.rowSpan(i)) x = static_cast<float>(random.normal());
}

struct Case {
  std::vector<std::size_t> widths;
  std::size_t rows;
  const char* activation;
  bool hasSkip = false;
  Precision precision = Precision::float32;
};

}  // namespace

TEST(a_gradient_by_blocks_is_the_whole_to_the_bit_for_any_number_of_threads) {
  const Case cases[] = {{{20, 64, 64, 32, 5}, 64, "relu"},
                        {{7, 5, 3}, 1, "tanh"},
                        {{300, 40, 33, 2}, 70, "gelu", true},
                        {{784, 128, 64, 10}, 64, "sigmoid"},
                        {{2000, 90, 20, 3}, 50, "relu"},
                        // The first product of all rows is large enough for bfloat16, that of an
                        // eighth of them is not.
                        {{256, 256, 10}, 256, "relu", false, Precision::bf16}};
  for (const auto& [widths, rows, activation, hasSkip, precision] : cases) {
    Random random(3, 0);
    const Network network(widths, *findActivation(activation), {0, 5}, hasSkip);
    const Layout& layout = network.layout();
    Buffer<float> x(rows * widths.front()), gradient(layout.size(), 0.0f);
    fill(x.view(rows, widths.front()), random);
    const ConstMatrixView inputs = std::as_const(x).view(rows, widths.front());
    Buffer<float> slopes(rows * layout.outputs()),
        representationSlopes(rows * layout.representation());
    fill(slopes.view(rows, layout.outputs()), random);
    fill(representationSlopes.view(rows, layout.representation()), random);
    const auto forward = [&, precision = precision](Workspace& workspace, unsigned threads) {
      workspace.forward(network, inputs, threads, precision);
      std::copy_n(slopes.data(), slopes.size(), workspace.outputGradient().data);
      std::copy_n(representationSlopes.data(), representationSlopes.size(),
                  workspace.representationGradient().data);
    };
    Workspace whole(layout, network.activation().needsInput);
    forward(whole, 1);
    whole.backward(network, inputs, true, gradient, false, 1, precision);
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      Workspace parts(layout, network.activation().needsInput);
      forward(parts, threads);
      CHECK(equal(parts.outputs(), whole.outputs()));
      CHECK(equal(parts.representation(), whole.representation()));
      std::atomic<std::size_t> numbers{0};
      std::atomic<bool> same{true};
      parts.backward(network, inputs, true,
                     {[&](std::size_t l, std::size_t, std::size_t row, MatrixView g) {
                        const MatrixView all =
                            l == 0 ? layout.groups(gradient) : layout.weight(gradient, l);
                        if (!equal(g, all.rowRange(row, g.rows))) same = false;
                        numbers += g.size();
                      },
                      [&](std::size_t l, std::span<float> g) {
                        const auto all = layout.bias(gradient, l);
                        if (std::memcmp(g.data(), all.data(), all.size_bytes()) != 0) same = false;
                        numbers += g.size();
                      }},
                     threads, precision);
      std::size_t expected = layout.groups(gradient).size();
      for (std::size_t l = 0; l < layout.layers(); ++l)
        expected += layout.out(l) * (l == 0 ? 1 : 1 + layout.in(l));
      CHECK(same && numbers == expected);
    }
  }
}
