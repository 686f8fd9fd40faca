// Optimiser steps on rows against their formulas in float64, and penalties of all rows against
// those of single rows.
#include <vector>

#include "check.h"
#include "math/norms.h"
#include "math/random.h"
#include "terms/optimizers/optimizer.h"
#include "terms/penalties/penalty.h"

using namespace deeptype;

namespace {

Buffer<float> drawn(std::size_t size, Random& random) {
  Buffer<float> numbers(size);
  for (float& x : numbers) x = static_cast<float>(random.normal());
  return numbers;
}

bool close(double a, double b) { return std::abs(a - b) <= 2e-6 * (1 + std::abs(b)); }

}  // namespace

TEST(a_step_decays_each_row_by_its_own_rate_and_returns_squared_norms) {
  const OptimizerOptions options{.momentum = 0.7, .nesterov = true};
  Random random(41, 0);
  for (const std::size_t columns : {1, 6, 16, 37, 64})
    for (const bool isAdam : {true, false}) {
      constexpr std::size_t rows = 5;
      const std::size_t size = rows * columns;
      Buffer<float> w = drawn(size, random), first(size, 0.0f), second(size, 0.0f);
      const float decays[rows] = {0, 0.1f, 0.5f, 0, 2};
      std::vector<double> x(w.begin(), w.end()), m(size), v(size);
      double squares[rows];
      for (std::uint64_t t = 1; t <= 3; ++t) {
        const Buffer<float> g = drawn(size, random);
        const StepContext context(0.01, t, options);
        findOptimizer(isAdam ? "adam" : "sgd")
            ->update(w.view(rows, columns), g.view(rows, columns), first.data(), second.data(),
                     decays, squares, context);
        for (std::size_t i = 0; i < size; ++i) {
          const double slope = g[i] + decays[i / columns] * x[i];
          m[i] = isAdam ? 0.9 * m[i] + 0.1 * slope : 0.7 * m[i] + slope;
          v[i] = 0.999 * v[i] + 0.001 * slope * slope;
          x[i] -= 0.01 * (isAdam ? m[i] / context.correction1 /
                                       (std::sqrt(v[i] / context.correction2) + 1e-8)
                                 : slope + 0.7 * m[i]);
          CHECK(close(w[i], x[i]));
        }
        for (std::size_t j = 0; j < rows; ++j) {
          double square = 0;
          for (std::size_t i = 0; i < columns; ++i)
            square += double{w[j * columns + i]} * w[j * columns + i];
          CHECK(close(squares[j], square));
        }
      }
    }
}

TEST(a_gradient_whose_square_is_infinite_leaves_a_square_that_is_not_finite) {
  const OptimizerOptions options;
  const StepContext context(1e-3, 1, options);
  const float decay = 0;
  for (const char* name : {"adam", "sgd"})
    for (const float huge : {0x1p64f, -0x1p100f, HUGE_VALF, NAN})
      for (const std::size_t at : {0, 15, 16, 18}) {
        constexpr std::size_t size = 19;
        Buffer<float> w(size, 1.0f), g(size, 1.0f), first(size, 0.0f), second(size, 0.0f);
        g[at] = huge;
        double square = 0;
        findOptimizer(name)->update(w.view(1, size), std::as_const(g).view(1, size), first.data(),
                                    second.data(), &decay, &square, context);
        CHECK(!std::isfinite(square));
      }
}

TEST(the_subgradient_of_rows_is_that_of_each) {
  Random random(42, 0);
  for (const char* name :
       {"group-lasso", "l1", "l2", "elastic-net", "l-infinity", "hierarchical"}) {
    constexpr std::size_t rows = 4, columns = 21;
    const auto penalty = makePenalty(name, {.skip = 2});
    Buffer<float> w = drawn(rows * columns, random), sum = drawn(rows * columns, random), each;
    std::fill_n(w.data() + columns, columns, 0.0f);
    each.copyFrom(std::as_const(sum).span());
    double squares[rows] = {};
    for (std::size_t i = 0; i < rows * columns; ++i) squares[i / columns] += double{w[i]} * w[i];
    float multiples[rows];
    penalty->subgradient(std::as_const(w).view(rows, columns), squares, 0.3f, multiples,
                         sum.view(rows, columns));
    for (std::size_t j = 0; j < rows; ++j) {
      const MatrixView row = each.view(rows, columns).rowRange(j, 1);
      penalty->addSubgradient(std::as_const(w).view(rows, columns).rowSpan(j), 0.3f,
                              row.rowSpan(0));
      for (std::size_t i = j * columns; i < (j + 1) * columns; ++i)
        CHECK(close(sum[i] + multiples[j] * w[i], each[i]));
    }
  }
}

TEST(squared_norms_are_accurate_where_squares_overflow_float32) {
  for (const double size : {1e-30, 1e-15, 1.0, 1e15, 1e25})
    for (const std::size_t columns : {3, 16, 200}) {
      Random random(43, columns);
      Buffer<float> w = drawn(2 * columns, random);
      for (float& x : w) x *= static_cast<float>(size);
      double squares[2];
      squaredNorms(std::as_const(w).view(2, columns), squares);
      for (std::size_t j = 0; j < 2; ++j) {
        double expected = 0;
        for (std::size_t i = 0; i < columns; ++i)
          expected += double{w[j * columns + i]} * w[j * columns + i];
        CHECK(std::abs(squares[j] - expected) <= 1e-6 * expected);
      }
    }
}

TEST(adam_with_beta_zero_uses_the_last_gradient_only) {
  const OptimizerOptions options{.beta1 = 0, .beta2 = 0};
  constexpr std::size_t columns = 20;
  Buffer<float> w(columns, 0.0f), first(columns, 0.0f), second(columns, 0.0f), g(columns);
  const float decay = 0;
  double square;
  std::uint64_t step = 0;
  for (const float size : {1.0f, 1e-5f, 1e4f}) {
    Buffer<float> before;
    before.copyFrom(std::as_const(w).span());
    g.fill(size);
    findOptimizer("adam")->update(w.view(1, columns), std::as_const(g).view(1, columns),
                                  first.data(), second.data(), &decay, &square,
                                  StepContext(0.01, ++step, options));
    for (std::size_t i = 0; i < columns; ++i)
      CHECK(std::abs(before[i] - w[i] - 0.01 * size / (size + 1e-8)) < 1e-6);
  }
}
