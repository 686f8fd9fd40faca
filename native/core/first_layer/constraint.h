#pragma once
// A hard bound on the first layer's weights W (D,H): on every single weight, on the outgoing
// weights of every input (a row), or on the incoming weights of every unit (a column).
#include "../math/matrix.h"
#include "../platform/fields.h"
#include "../terms/penalties/penalty.h"

namespace deeptype {

enum class Norm { l1, l2, lInfinity };
enum class Axis { weight, input, unit };

constexpr std::array<Named<Norm>, 3> namesOf(Norm) {
  return {{{"l1", Norm::l1}, {"l2", Norm::l2}, {"l-infinity", Norm::lInfinity}}};
}
constexpr std::array<Named<Axis>, 3> namesOf(Axis) {
  return {{{"weight", Axis::weight}, {"input", Axis::input}, {"unit", Axis::unit}}};
}

#define DEEPTYPE_CONSTRAINT(X)        \
  X(Norm, norm, Norm::lInfinity, any) \
  X(Axis, axis, Axis::weight, any)    \
  X(double, radius, 1, any)

struct Constraint {
  DEEPTYPE_FIELDS(DEEPTYPE_CONSTRAINT)

  // Whether it bounds each weight by itself: the L-infinity norm does along any axis.
  bool isBox() const { return norm == Norm::lInfinity || axis == Axis::weight; }
};

// The nearest W that meets the constraint, in place. Allocates nothing.
void project(const Constraint& constraint, MatrixView w, unsigned threads);

// Whether projecting after the prox of threshold * penalty is the prox of both together.
bool composes(const Constraint& constraint, const Penalty& penalty);

}  // namespace deeptype
