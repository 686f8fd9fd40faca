#pragma once
// A hard bound on the first layer's weights W (D,H): on every single weight, on the outgoing
// weights of every input (a row), or on the incoming weights of every unit (a column).
#include "../math/matrix.h"
#include "../terms/penalties/penalty.h"

namespace deeptype {

enum class Norm { l1, l2, lInfinity };
enum class Axis { weight, input, unit };

struct Constraint {
  Norm norm = Norm::lInfinity;
  Axis axis = Axis::weight;
  double radius = 1;

  // Whether it bounds each weight by itself: the L-infinity norm does along any axis.
  bool isBox() const { return norm == Norm::lInfinity || axis == Axis::weight; }
};

// The nearest W that meets the constraint, in place. Allocates nothing.
void project(const Constraint& constraint, MatrixView w, unsigned threads);

// Whether projecting after the prox of threshold * penalty is the prox of both together.
bool composes(const Constraint& constraint, const Penalty& penalty);

}  // namespace deeptype
