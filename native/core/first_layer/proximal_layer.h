#pragma once
// The proximal operator of the whole first layer: of the penalty of every input and of the
// constraint, if any.
#include <optional>

#include "../math/matrix.h"
#include "constraint.h"

namespace deeptype {

class ProximalLayer {
 public:
  // The constraint applies to the first `constrainedColumns` columns, those of W_0.
  ProximalLayer(const Penalty& penalty, const std::optional<Constraint>& constraint,
                std::size_t constrainedColumns)
      : penalty_(penalty), constraint_(constraint), constrainedColumns_(constrainedColumns) {}

  // Of the groups W: W = argmin_X 1/2 |X - W|^2 + threshold sum_j omega(x_j), X within the
  // constraint. The prox followed by the projection where they compose; otherwise Dykstra's
  // algorithm (Bauschke & Combettes 2008), which alternates them with correction terms.
  void operator()(MatrixView w, double threshold, unsigned threads);

  const Penalty& penalty() const { return penalty_; }
  bool isConstrained() const { return constraint_.has_value(); }

 private:
  void prox(MatrixView w, double threshold) const;
  void projectConstraint(MatrixView w, unsigned threads) const;
  void dykstra(MatrixView w, double threshold, unsigned threads);

  const Penalty& penalty_;
  const std::optional<Constraint>& constraint_;
  std::size_t constrainedColumns_;
  Buffer<float> proxCorrection_;        // Dykstra's correction of the prox
  Buffer<float> projectionCorrection_;  // and of the projection
  Buffer<float> previous_;
};

}  // namespace deeptype
