#pragma once
// Lasso and elastic net: exact minima over a working set that grows until the duality gap certifies
// it for all columns (Massias, Gramfort and Salmon 2018; Osborne, Presnell and Turlach 2000).
#include <cstdint>

#include "../platform/stop.h"
#include "design.h"

namespace deeptype::linear {

struct ElasticNetOptions {
  double l1Ratio = 1;
  double tolerance = 0;             // of the gap, relative to |y|^2 / N
  std::uint64_t maxIterations = 0;  // sweeps and steps, for each alpha
  unsigned threads = 1;
};

struct ElasticNetFit {
  std::vector<double> coefficients;  // (D)
  double alpha = 0;
  double gap = 0;  // duality gap of the objective below
  std::uint64_t iterations = 0;
  bool converged = false;  // gap <= tolerance |y|^2 / N
};

struct Alphas {
  std::vector<double> values;
  bool areShares = false;  // values are fractions of the least alpha at which w = 0
};

// For each alpha, warm-started from the previous one, the minimum over w of
//   |y - X w|^2 / (2 N) + alpha l1Ratio |w|_1 + alpha (1 - l1Ratio) / 2 |w|^2,   alpha > 0.
// Ends early when `stop` is set. Empty where alphas are fractions of 0.
std::vector<ElasticNetFit> elasticNetPath(const Design& x, const Target& y, const Alphas& alphas,
                                          const ElasticNetOptions& options,
                                          const StopFlag* stop = nullptr);

// max_j |x_j'y| / N: the least alpha l1Ratio at which every coefficient is 0.
double alphaMax(const Design& x, const Target& y);

}  // namespace deeptype::linear
