#include "constraint.h"

#include <algorithm>
#include <cmath>

#include "../platform/threads.h"
#include "../proximal/group.h"
#include "../proximal/projections.h"

namespace deeptype {
namespace {

constexpr std::size_t kBlock = 64;  // columns at a time, so that their sums fit on the stack
constexpr std::size_t kRun = 64;    // rows at a time
constexpr std::size_t kWorthwhile = 1 << 17;  // weights from which threads pay

void projectRow(const Constraint& constraint, HostGroup<float> row) {
  if (constraint.isBox()) return projectLInfinityBall(row, constraint.radius);
  if (constraint.norm == Norm::l2) return projectL2Ball(row, constraint.radius);
  projectL1Ball(row, constraint.radius);
}

struct ColumnSums {
  double sum[kBlock] = {};
  double count[kBlock] = {};
};

// sum = sum_j w(j,c)^2
void addSquares(ConstMatrixView w, ColumnSums& sums) {
  simd::dispatch([&, w]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      const float* const row = w.row(j);
      for (std::size_t c = 0; c < w.columns; ++c)
        sums.sum[c] += static_cast<double>(row[c]) * row[c];
    }
  });
}

// sum and count of the |w(j,c)| > tau(c)
void addAbove(ConstMatrixView w, const double* tau, ColumnSums& sums) {
  simd::dispatch([&, w, tau]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      const float* const row = w.row(j);
      for (std::size_t c = 0; c < w.columns; ++c) {
        const double size = row[c] < 0 ? -row[c] : row[c];
        sums.sum[c] += size > tau[c] ? size : 0;
        sums.count[c] += size > tau[c] ? 1 : 0;
      }
    }
  });
}

// w(j,c) = f(w(j,c), c)
template <class F>
void mapColumns(MatrixView w, F f) {
  simd::dispatch([w, f]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      float* const row = w.row(j);
      for (std::size_t c = 0; c < w.columns; ++c) row[c] = f(row[c], c);
    }
  });
}

// Returns whether any column was outside the ball.
bool projectColumnsL2(MatrixView w, double radius) {
  ColumnSums squares;
  addSquares(w, squares);
  double factor[kBlock];
  bool isInside = true;
  for (std::size_t c = 0; c < w.columns; ++c) {
    const double norm = std::sqrt(squares.sum[c]);
    factor[c] = norm > radius ? radius / norm : 1;
    isInside = isInside && !(norm > radius);
  }
  if (isInside) return false;
  mapColumns(w, [factor = &factor[0]](double x, std::size_t c)
                    DEEPTYPE_LAMBDA { return towardsZero<float>(x * factor[c]); });
  return true;
}

// simplexThreshold of every column, all in the same passes.
bool projectColumnsL1(MatrixView w, double radius) {
  double tau[kBlock] = {};
  double last[kBlock] = {};
  bool isInside = true;
  for (bool moves = true; moves;) {
    ColumnSums sums;
    addAbove(w, tau, sums);
    moves = false;
    for (std::size_t c = 0; c < w.columns; ++c) {
      if (sums.count[c] == 0 || sums.count[c] == last[c]) continue;
      const double next = (sums.sum[c] - radius) / sums.count[c];
      if (!(next > tau[c])) continue;
      tau[c] = next;
      last[c] = sums.count[c];
      moves = true;
      isInside = false;
    }
  }
  if (isInside) return false;
  mapColumns(w, [tau = &tau[0]](double x, std::size_t c) DEEPTYPE_LAMBDA {
    const double size = (x < 0 ? -x : x) - tau[c];
    return tau[c] == 0 ? static_cast<float>(x)
                       : towardsZero<float>(size <= 0 ? 0 : (x < 0 ? -size : size));
  });
  return true;
}

}  // namespace

void project(const Constraint& constraint, MatrixView w, unsigned threads) {
  const unsigned used = w.size() >= kWorthwhile ? threads : 1;
  if (constraint.isBox() || constraint.axis == Axis::input) {
    parallelFor((w.rows + kRun - 1) / kRun, used, [&](std::size_t task) {
      const std::size_t end = std::min(w.rows, (task + 1) * kRun);
      for (std::size_t j = task * kRun; j < end; ++j)
        projectRow(constraint, HostGroup(w.rowSpan(j)));
    });
    return;
  }
  parallelFor((w.columns + kBlock - 1) / kBlock, used, [&](std::size_t task) {
    const std::size_t c = task * kBlock;
    const MatrixView block(w.data + c, w.rows, std::min(kBlock, w.columns - c), w.stride);
    const auto projectColumns = constraint.norm == Norm::l2 ? projectColumnsL2 : projectColumnsL1;
    // A second pass removes the rounding error of columns far outside the ball.
    if (projectColumns(block, constraint.radius)) projectColumns(block, constraint.radius);
  });
}

// Yu (2013, On decomposing the proximal map): the prox of a function of |x|_2 composes with
// that of any positively homogeneous function. The others follow from their closed forms.
bool composes(const Constraint& constraint, const Penalty& penalty) {
  const bool isRowBall = constraint.norm == Norm::l2 && constraint.axis == Axis::input;
  switch (penalty.shape()) {
    case Penalty::Shape::separable: return true;
    case Penalty::Shape::radial: return isRowBall && !constraint.isBox();
    case Penalty::Shape::largest: return isRowBall || constraint.isBox();
    case Penalty::Shape::joint: return false;
  }
  return false;
}

}  // namespace deeptype
