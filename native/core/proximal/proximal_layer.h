#pragma once
// The proximal operator of the whole first layer: of the penalty of every input and, where there is
// one, of the constraint.
#include <optional>

#include "../math/matrix.h"
#include "constraint.h"

namespace deeptype {

class ProximalLayer {
 public:
  // The constraint is on the first `bounded` columns, those of W_0.
  ProximalLayer(const Penalty& penalty, const std::optional<Constraint>& constraint,
                std::size_t bounded)
      : penalty_(penalty), constraint_(constraint), bounded_(bounded) {}

  // Of the groups W: W = argmin_X 1/2 |X - W|^2 + threshold sum_j omega(x_j), X within the
  // constraint. The prox and then the projection, where that is the same; else by Dykstra's
  // algorithm (Bauschke & Combettes 2008), which alternates them, each time giving back what the
  // other had taken.
  void operator()(MatrixView w, double threshold, unsigned threads);

  const Penalty& penalty() const { return penalty_; }
  bool isBounded() const { return constraint_.has_value(); }

 private:
  void prox(MatrixView w, double threshold) const;
  void bound(MatrixView w, unsigned threads) const;
  void alternate(MatrixView w, double threshold, unsigned threads);

  const Penalty& penalty_;
  const std::optional<Constraint>& constraint_;
  std::size_t bounded_;
  Buffer<float> byProx_;        // what the prox has taken
  Buffer<float> byProjection_;  // what the projection has taken
  Buffer<float> last_;
};

}  // namespace deeptype
