#include "backends/cpu/inference.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "check.h"
#include "math/random.h"
#include "terms/activations/registry.h"

namespace {

using namespace deeptype;

Buffer<float> randomRows(std::size_t size) {
  Random random(3, size);
  Buffer<float> rows(size);
  for (float& value : rows) value = static_cast<float>(random.normal());
  return rows;
}

bool equal(const Buffer<float>& a, ConstMatrixView b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data, a.size() * sizeof(float)) == 0;
}

std::vector<std::int32_t> argmaxOf(ConstMatrixView o) {
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < o.rows; ++i) {
    const auto row = o.rowSpan(i);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    labels.push_back(static_cast<std::int32_t>(o.columns == 1 ? row[0] > 0 : best));
  }
  return labels;
}

// Networks whose weights stay in the cache go through all layers block by block.
TEST(inference_in_blocks_has_the_bits_of_a_forward_pass) {
  const std::vector<std::size_t> shapes[] = {{20, 64, 64, 32, 5}, {3, 7, 2}, {1, 1, 33, 1}};
  for (const char* name : {"relu", "gelu", "tanh"}) {
    for (const auto& widths : shapes) {
      const Network network(widths, *findActivation(name), {});
      const Layout& layout = network.layout();
      Workspace workspace(layout, network.activation().needsInput);
      for (const std::size_t rows : {1, 2, 111, 112, 113, 1024}) {
        Buffer<float> x = randomRows(rows * layout.inputs());
        const ConstMatrixView view = std::as_const(x).view(rows, layout.inputs());
        workspace.forward(network, view, 1);
        for (const unsigned threads : {1u, 3u}) {
          Buffer<float> h(rows * layout.representation()), o(rows * layout.outputs());
          const MatrixView representation = h.view(rows, layout.representation());
          const MatrixView outputs = o.view(rows, layout.outputs());
          Workspace unused(layout, network.activation().needsInput);
          std::vector<std::int32_t> labels(rows);
          infer(network, unused, view, {representation, outputs, labels}, threads);
          CHECK(labels == argmaxOf(outputs));
          CHECK(equal(h, workspace.representation()) && equal(o, workspace.outputs()));
          h.fill(0);
          infer(network, unused, view, {representation}, threads);
          CHECK(equal(h, workspace.representation()));
          o.fill(0);
          Buffer<float> scratch;
          CHECK(inferRaw(network, unused, nullptr, scratch, view, {{}, outputs}, threads));
          CHECK(equal(o, workspace.outputs()));
          std::vector<std::int32_t> alone(rows, -1);
          CHECK(inferRaw(network, unused, nullptr, scratch, view, {{}, {}, alone}, threads));
          CHECK(alone == labels);
        }
      }
    }
  }
}

TEST(inference_reports_values_that_are_not_finite) {
  const auto check = []<class T>(Buffer<T> x, std::size_t width) {
    const Network network({40, width, 2}, *findActivation("relu"), {});
    Workspace workspace(network.layout(), false);
    Buffer<float> scratch, out(2 * 700);
    const auto isFinite = [&](double value, std::size_t at) {
      x[at] = static_cast<T>(value);
      const bool all = inferRaw(network, workspace, nullptr, scratch,
                                std::as_const(x).view(700, 40), {{}, out.view(700, 2)}, 2);
      x[at] = 1;
      return all;
    };
    CHECK(isFinite(1, 0));
    for (const std::size_t at : {0, 39, 40 * 600 + 1, 40 * 700 - 1}) {
      CHECK(!isFinite(std::numeric_limits<double>::quiet_NaN(), at));
      CHECK(!isFinite(1e39, at));  // beyond float32
    }
  };
  for (const std::size_t width : {8, 2048}) {  // block by block, and layer by layer
    check(Buffer<float>(40 * 700, 1.0F), width);
    check(Buffer<double>(40 * 700, 1.0), width);
  }
}

}  // namespace
