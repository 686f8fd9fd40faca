#pragma once
// Primary losses. One variant a file; registry.h lists them.
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "../../math/matrix.h"
#include "pair_graph.h"

namespace deeptype {

// What the loss compares the outputs of B samples with: classes or values, by Loss::targets.
struct Targets {
  std::span<const std::int32_t> classes;  // (B), 0 .. C-1
  ConstMatrixView values;                 // (B,C), or (B,2) of time and event
  std::span<const float> weights;         // (B), of mean 1 over the table; empty: all 1
  const PairGraph* graph = nullptr;       // of the table, for `knowledge-graph`
  std::span<const std::uint32_t> rows;    // (B) of the table; empty: the samples are the table

  float weight(std::size_t i) const { return weights.empty() ? 1 : weights[i]; }
};

enum class TargetKind { classes, values, survival };

// One object a session: it may keep memory from batch to batch.
class Loss {
 public:
  virtual ~Loss() = default;
  virtual TargetKind targets() const = 0;
  // Whether what a sample adds depends on the other samples. If not, the loss of a table is the
  // mean of those of its chunks; if so, it is taken over all rows at once.
  virtual bool coupled() const { return false; }
  // The mean loss of outputs (B,C), (1/B) sum_i w_i l_i with the weights w of the samples;
  // d loss / d outputs (B,C) is written to `gradient`.
  virtual double evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) = 0;
};

struct LossOptions {
  std::shared_ptr<Loss> base;  // what `knowledge-graph` is added to
  double weight = 0;           // of what it adds
};

// nullptr when there is none of that name, or its base is missing.
std::shared_ptr<Loss> makeLoss(std::string_view name, const LossOptions& options = {});

}  // namespace deeptype
