#pragma once
// Coordinate descent on the residual with Anderson acceleration (Bertrand and Massias 2021), for
// working sets too large for a Gram matrix.
#include <cstdint>
#include <vector>

#include "../platform/stop.h"
#include "design.h"
#include "duality_gap.h"

namespace deeptype::linear {

struct CoordinateDescent {
  const Design& x;
  std::span<const double> y;
  PenaltyWeights weights;
  const StopFlag* stop;

  // Updates the coefficients w (D) of the columns `set`. Returns the number of sweeps, at most
  // `budget`.
  std::uint64_t run(const std::vector<std::size_t>& set, std::vector<double>& w,
                    std::uint64_t budget) const;

 private:
  void sweep(const std::vector<std::size_t>& set, std::vector<double>& w,
             std::vector<double>& residual) const;
  std::vector<double> residualOf(const std::vector<std::size_t>& set,
                                 const std::vector<double>& w) const;
  double objective(const std::vector<double>& w, const std::vector<double>& residual) const;
};

}  // namespace deeptype::linear
