// Bounds on the rows of a gradient against the exact rows, and the decisions based on them.
#include "backends/cpu/screening.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "backends/cpu/cpu_backend.h"
#include "check.h"
#include "comm/single.h"
#include "first_layer/stationarity.h"
#include "math/norms.h"
#include "math/random.h"
#include "training/objective.h"
#include "training/session.h"

using namespace deeptype;

namespace {

constexpr std::size_t kRows = 600, kInputs = 2000;
const StopFlag kNever;

struct Case {
  std::vector<std::size_t> widths;  // of the network that the slopes come from
  bool hasSkip = false;
  std::size_t live = 0;  // units of the first layer that are not dead; 0: all
};

void fill(MatrixView m, Random& random) {
  for (std::size_t i = 0; i < m.rows; ++i)
    for (float& x : m.rowSpan(i)) x = static_cast<float>(random.normal());
}

// A table of kInputs columns of different lengths; the network sees the first few.
struct Table {
  Table() : x(kRows * kInputs) {
    Random random(1, 0);
    fill(view(), random);
    for (std::size_t i = 0; i < kRows; ++i)
      for (std::size_t j = 0; j < kInputs; ++j)
        view()(i, j) *= 0.5f + static_cast<float>(j % 7) / 4;
  }
  MatrixView view() { return x.view(kRows, kInputs); }
  Buffer<float> x;
};

// Passes over the rows in two parts, like the chunks of a table.
class Pass {
 public:
  explicit Pass(const Case& c)
      : network(c.widths, *findActivation(c.live > 0 ? "relu" : "sigmoid"), {0, 3}, c.hasSkip),
        outputSlopes_(kRows * c.widths.back()) {
    for (std::size_t k = c.live; k < c.widths[1] && c.live > 0; ++k) network.bias(0)[k] = -1e6f;
    Random random(4, 0);
    fill(outputSlopes_.view(kRows, c.widths.back()), random);
  }
  template <class Add>
  void run(ConstMatrixView x, unsigned threads, Add add) {
    const std::size_t inputs = network.layout().inputs(), outputs = network.layout().outputs();
    Workspace workspace(network.layout(), network.activation().needsInput);
    Buffer<float> gradient(network.layout().size(), 0.0f);
    for (std::size_t begin = 0; begin < kRows; begin += 400) {
      const std::size_t count = std::min<std::size_t>(400, kRows - begin);
      const ConstMatrixView seen{x.row(begin), count, inputs, x.stride};
      workspace.forward(network, seen, threads);
      std::copy_n(outputSlopes_.data() + begin * outputs, count * outputs,
                  workspace.outputGradient().data);
      workspace.backward(network, seen, false, gradient, false, threads);
      add(begin, count, workspace);
    }
  }
  Network network;

 private:
  Buffer<float> outputSlopes_;
};

std::vector<double> lengthsOf(ConstMatrixView g) {
  std::vector<double> lengths;
  for (std::size_t j = 0; j < g.rows; ++j) lengths.push_back(l2Norm(g.rowSpan(j)));
  return lengths;
}

double alphaMaxOf(std::shared_ptr<Network> network, const Dataset& data,
                  const BackendOptions& options) {
  SingleProcess comm;
  CpuBackend backend(std::move(network), options, comm);
  backend.writeTable(TableId::training, data);
  return alphaMax(backend);
}

}  // namespace

TEST(bounds_hold_and_what_is_beyond_a_length_is_found) {
  const Case cases[] = {{{5, 256, 32, 3}},            // slopes near a low-dimensional subspace
                        {{5, 250, 3}, true},          // with those of a skip connection
                        {{5, 256, 32, 3}, false, 6},  // of a few units only
                        {{40, 256, 200}},             // near no such subspace
                        {{5, 24, 3}}};                // narrow: the gradient is computed directly
  Table table;
  const ConstMatrixView x = table.view();
  for (std::size_t k = 0; k < std::size(cases); ++k) {
    Pass pass(cases[k]);
    const std::size_t width = pass.network.layout().groupWidth();
    Buffer<float> whole(kInputs * width), memory(kInputs * width);
    const MatrixView g = whole.view(kInputs, width);
    pass.run(x, 2, [&](std::size_t begin, std::size_t count, const Workspace& workspace) {
      workspace.groupGradient(x.rowRange(begin, count), g,
                              begin == 0 ? Accumulate::no : Accumulate::yes, 2);
    });
    const std::vector<double> lengths = lengthsOf(g);
    std::vector<double> sorted = lengths;
    std::sort(sorted.begin(), sorted.end());

    Screening screening(x, memory.view(kInputs, width), 2);
    const auto add = [&](std::size_t begin, std::size_t count, const Workspace& workspace) {
      screening.add(begin, count, workspace);
    };
    for (const double share : {0.5, 0.99, 0.9999}) {
      const double length = 1.2 * sorted[static_cast<std::size_t>(share * kInputs)];
      pass.run(x, 2, add);
      const std::vector<std::uint32_t> beyond = screening.beyond(length);
      CHECK(std::is_sorted(beyond.begin(), beyond.end()));
      for (std::uint32_t j = 0; j < kInputs; ++j)
        CHECK(lengths[j] <= length || std::binary_search(beyond.begin(), beyond.end(), j));
      if (k < 3 && share > 0.9) CHECK(beyond.size() < kInputs / 5);
      const ConstMatrixView rows = screening.rows(beyond);
      for (std::size_t i = 0; i < beyond.size(); ++i)
        for (std::size_t r = 0; r < width; ++r)
          CHECK(std::abs(rows(i, r) - g(beyond[i], r)) <= 1e-4 * lengths[beyond[i]] + 1e-9);
    }
    for (const double length : {0.0, sorted[kInputs / 2], 2 * sorted.back()}) {
      pass.run(x, 2, add);
      const std::vector<double> bounds = screening.bounds(length);
      for (std::size_t j = 0; j < kInputs; ++j) CHECK(lengths[j] <= bounds[j]);
      if (k < 3 && length == 0) CHECK(bounds[7] < 1.5 * lengths[7]);
    }
  }
}

TEST(screening_has_the_same_bits_for_any_number_of_threads) {
  Table table;
  const ConstMatrixView x = table.view();
  Pass pass({{5, 256, 32, 3}});
  std::vector<std::vector<double>> bounds;
  for (const unsigned threads : {1u, 2u, 3u}) {
    Buffer<float> memory(kInputs * 256);
    Screening screening(x, memory.view(kInputs, 256), threads);
    pass.run(x, threads, [&](std::size_t begin, std::size_t count, const Workspace& workspace) {
      screening.add(begin, count, workspace);
    });
    bounds.push_back(screening.bounds(0));
  }
  CHECK(bounds[0] == bounds[1]);
  CHECK(bounds[0] == bounds[2]);
}

TEST(screening_excludes_nothing_where_a_slope_is_not_finite) {
  Table table;
  Pass pass({{5, 256, 32, 3}});
  pass.network.bias(0)[0] = NAN;
  Buffer<float> memory(kInputs * 256);
  Screening screening(table.view(), memory.view(kInputs, 256), 1);
  pass.run(table.view(), 1, [&](std::size_t begin, std::size_t count, const Workspace& workspace) {
    screening.add(begin, count, workspace);
  });
  CHECK(screening.beyond(1).size() == kInputs);
}

TEST(no_gradient_of_length_1_needs_a_larger_weight_than_the_penalty_says) {
  Random random(9, 0);
  for (const char* name : {"group-lasso", "l1", "elastic-net", "l-infinity", "hierarchical"}) {
    const std::size_t width = 12, skip = 3;
    const auto penalty = makePenalty(name, {.l1Ratio = 0.3, .M = 2, .skip = skip});
    const double unit = penalty->largestDualNorm(width);
    double largest = 0;
    std::vector<float> g(width);
    for (int trial = 0; trial < 20000; ++trial) {
      // Dense, one-hot, signs, and signs with another scale in the skip part.
      const double shape = trial % 4, mix = random.uniform() * 2;
      for (std::size_t r = 0; r < width; ++r) {
        g[r] = static_cast<float>(random.normal());
        if (shape == 1) g[r] = r == 0;
        if (shape >= 2) g[r] = std::copysign(1.0f, g[r]);
        if (shape == 3 && r >= width - skip) g[r] = static_cast<float>(g[r] * mix);
      }
      largest = std::max(largest, penalty->dualNorm(g) / l2Norm(std::span<const float>(g)));
    }
    CHECK(largest <= unit * (1 + 1e-6));
    CHECK(largest >= 0.999 * unit);
  }
}

TEST(the_weight_that_empties_all_inputs_is_that_of_the_whole_gradient) {
  Table table;
  std::vector<std::int32_t> classes(kRows);
  for (std::size_t i = 0; i < kRows; ++i) classes[i] = static_cast<std::int32_t>(i * i % 3);
  const Dataset data{std::as_const(table.x).view(kRows, kInputs),
                     {.classes = classes, .values = {}, .weights = {}, .rows = {}}};
  for (const char* name : {"group-lasso", "l1", "elastic-net", "l-infinity", "hierarchical"}) {
    const bool hasSkip = std::strcmp(name, "hierarchical") == 0;
    SessionOptions options;
    options.loss = "cross-entropy";
    options.penalty = name;
    options.penaltyOptions = {.l1Ratio = 0.5, .M = 10, .skip = 3};
    options.distance = "squared-euclidean";
    options.optimizer = "adam";
    options.threads = 2;
    const auto network =
        std::make_shared<Network>(std::vector<std::size_t>{kInputs, 256, 16, 3},
                                  *findActivation("tanh"), Initialization{0, 8}, hasSkip);
    for (float& bias : network->bias(0)) bias = 0.3f;
    const double weight = alphaMaxOf(network, data, options);

    Network empty = network->copy();
    for (std::size_t j = 0; j < kInputs; ++j)
      std::fill_n(empty.groups().row(j), empty.layout().groupWidth(), 0.0f);
    const HostTerms terms(options);
    Buffer<float> gradient(empty.layout().size(), 0.0f);
    ObjectivePasses(empty.layout(), empty.activation(), terms)
        .table(empty, data, nullptr, 0, &gradient, 2);
    double largest = 0;
    for (const double norm :
         dualNorms(empty.layout().groups(std::as_const(gradient)), *terms.penalty, 2))
      largest = std::max(largest, norm);
    CHECK(largest > 0);
    CHECK(std::abs(weight - largest) <= 1e-4 * largest);
  }
}

TEST(the_weight_that_empties_all_inputs_need_not_be_of_a_long_gradient) {
  // Through one output all slopes reach one unit, through another all units alike. A hundred inputs
  // have gradients of length a and 1-norm a; one has a shorter gradient with a larger 1-norm.
  constexpr std::size_t units = 256, sharp = 100, flat = 777;
  const auto network = std::make_shared<Network>(std::vector<std::size_t>{kInputs, units, 3},
                                                 *findActivation("tanh"), Initialization{0, 1});
  network->parameters().clear();
  network->weight(1)(0, 0) = 1;
  for (std::size_t k = 0; k < units; ++k) network->weight(1)(k, 1) = 0.05f;
  Buffer<float> x(kRows * kInputs, 0.0f);
  std::vector<std::int32_t> classes(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    classes[i] = static_cast<std::int32_t>(i % 3);
    const float last = classes[i] == 2 ? -1.0f : 0.0f;
    for (std::size_t j = 0; j < sharp; ++j) x[i * kInputs + j] = classes[i] == 0 ? 1 : last;
    x[i * kInputs + flat] = 0.5f * (classes[i] == 1 ? 1 : last);
  }
  SessionOptions options;
  options.loss = "cross-entropy";
  options.penalty = "l-infinity";
  options.distance = "squared-euclidean";
  options.optimizer = "adam";
  const Dataset data{std::as_const(x).view(kRows, kInputs),
                     {.classes = classes, .values = {}, .weights = {}, .rows = {}}};
  const double sharpest = 1.0 / 3;  // the mean over rows of x_j (p_0 - y_0)
  const double expected = 0.5 / 3 * 0.05 * units;
  const double weight = alphaMaxOf(network, data, options);
  CHECK(expected > 2 * sharpest);
  CHECK(std::abs(weight - expected) <= 1e-4 * expected);
}

// A session that leaves inputs out against one that has them all: what it takes back and what it
// certifies.
TEST(a_session_that_screens_sees_the_violations_and_the_residual_of_a_dense_one) {
  Table table;
  std::vector<std::int32_t> classes(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    classes[i] = static_cast<std::int32_t>(i % 3);
    for (std::size_t j = 0; j < 12; ++j) table.view()(i, j) += j % 3 == i % 3 ? 1.5f : 0;
  }
  const Dataset data{std::as_const(table.x).view(kRows, kInputs),
                     {.classes = classes, .values = {}, .weights = {}, .rows = {}}};
  const Watch watch{kNever, {}};
  for (const char* name : {"group-lasso", "l-infinity", "hierarchical"}) {
    const bool hasSkip = std::strcmp(name, "hierarchical") == 0;
    const auto options = [&](bool activeSet) {
      SessionOptions made;
      made.loss = "cross-entropy";
      made.penalty = name;
      made.penaltyOptions = {.l1Ratio = 0.5, .M = 10, .skip = 3};
      made.distance = "squared-euclidean";
      made.optimizer = "adam";
      made.activeSet = activeSet;
      made.threads = 2;
      return made;
    };
    const auto network =
        std::make_shared<Network>(std::vector<std::size_t>{kInputs, 256, 16, 3},
                                  *findActivation("sigmoid"), Initialization{0, 5}, hasSkip);
    // Without all inputs but some, of which a few matter.
    for (std::size_t j = 6; j < kInputs; ++j)
      std::fill_n(network->groups().row(j), network->layout().groupWidth(), 0.0f);
    Session session(network, options(true));
    session.load(data);
    EpochPlan plan;
    plan.alpha = 1e-9;
    plan.learningRate = 0;
    session.epoch(plan, watch);  // which leaves the empty ones out
    SessionState state;
    session.state(state);
    CHECK(state.activeInputs.size() == 6);

    Session dense(std::make_shared<Network>(network->copy()), options(false));
    dense.load(data);
    const double largest = dense.kktResidual(false, 0, 0, kNever);
    for (const double share : {1e-6, 0.1, 0.5, 2.0}) {
      const double alpha = share * largest;
      const double expected = dense.kktResidual(false, alpha, 0, kNever);
      CHECK(std::abs(session.kktResidual(false, alpha, 0, kNever) - expected) <= 1e-4 * largest);
    }
    // Those whose dual norm exceeds alpha come back; no others.
    SingleProcess comm;
    CpuBackend backend(network, options(true), comm);
    backend.writeTable(TableId::training, data);
    backend.evaluate({.wantGradient = true});
    Buffer<float> gradient;
    backend.readGradient(gradient);
    const std::vector<double> norms = dualNorms(network->layout().groups(std::as_const(gradient)),
                                                *HostTerms(options(true)).penalty, 2);
    std::vector<double> sorted(norms.begin() + 6, norms.end());
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const double alpha = sorted[100] / 1.004;
    std::vector<std::uint32_t> wanted;
    for (std::uint32_t j = 0; j < kInputs; ++j)
      if (j < 6 || norms[j] > 1.005 * alpha) wanted.push_back(j);
    CHECK(wanted.size() > 6);
    ActiveSet active(backend, kInputs);
    active.drop();
    CHECK(active.findViolators(false, alpha, 0) == wanted.size() - 6);
    active.reactivate();
    CHECK(std::equal(wanted.begin(), wanted.end(), active.inputs().begin(), active.inputs().end()));
  }
}
