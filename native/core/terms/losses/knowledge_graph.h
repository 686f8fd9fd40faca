#pragma once
// Pairs of samples that are known to belong together, added to another primary loss:
//   loss = base + gamma q sum_{(i,j)} w_ij (1 - cos(o_i, o_j)) / sum_all pairs w
// over the pairs with both ends among the B samples. q = N (N-1) / (B (B-1)) of a table of N rows
// is 1 over the probability that a shuffled batch holds a given pair, so that the mean over batches
// is the term over the table. An output of zeros has distance 1 to all and no slope.
#include <cmath>
#include <vector>

#include "../../platform/host_device.h"
#include "loss.h"

namespace deeptype::losses {

class KnowledgeGraph final : public Loss {
 public:
  static constexpr const char* name = "knowledge-graph";
  // nullptr when the base is missing.
  static std::shared_ptr<Loss> make(const LossOptions& options) {
    return options.base ? std::make_shared<KnowledgeGraph>(options) : nullptr;
  }
  explicit KnowledgeGraph(const LossOptions& options)
      : base_(options.base), weight_(options.weight) {}

  TargetKind targets() const override { return base_->targets(); }
  bool coupled() const override { return true; }

  double evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) override {
    const double base = base_->evaluate(outputs, targets, gradient);
    const PairGraph* const graph = targets.graph;
    if (!graph || graph->totalWeight() == 0 || outputs.rows < 2) return base;
    const auto pairs = [](std::size_t n) { return static_cast<double>(n) * (n - 1.0); };
    const double scale =
        weight_ * pairs(graph->rows()) / pairs(outputs.rows) / graph->totalWeight();
    const auto rowOf = [&](std::size_t i) { return targets.rows.empty() ? i : targets.rows[i]; };
    sampleOf_.resize(graph->rows(), kAbsent);
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      sampleOf_[rowOf(i)] = static_cast<std::uint32_t>(i);
    }
    double sum = 0;
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      for (const auto& [row, weight] : graph->of(rowOf(i))) {
        const std::uint32_t j = sampleOf_[row];
        if (j == kAbsent) continue;
        sum += weight * addDistance(outputs.row(i), outputs.row(j), outputs.columns, scale * weight,
                                    gradient.row(i), gradient.row(j));
      }
    }
    for (std::size_t i = 0; i < outputs.rows; ++i) sampleOf_[rowOf(i)] = kAbsent;
    return base + scale * sum;
  }

  // 1 - cos(a, b); adds scale times its gradient, (cos a/|a| - b/|b|) / |a| by a.
  DEEPTYPE_HOST_DEVICE_INLINE static double addDistance(const float* a, const float* b,
                                                        std::size_t n, double scale, float* slopeA,
                                                        float* slopeB) {
    double dot = 0, aa = 0, bb = 0;
    for (std::size_t c = 0; c < n; ++c) {
      dot += static_cast<double>(a[c]) * b[c];
      aa += static_cast<double>(a[c]) * a[c];
      bb += static_cast<double>(b[c]) * b[c];
    }
    const double lengths = std::sqrt(aa) * std::sqrt(bb);
    if (lengths == 0) return 1;
    const double cosine = dot / lengths;
    for (std::size_t c = 0; c < n; ++c) {
      slopeA[c] += static_cast<float>(scale * (cosine * a[c] / aa - b[c] / lengths));
      slopeB[c] += static_cast<float>(scale * (cosine * b[c] / bb - a[c] / lengths));
    }
    return 1 - cosine;
  }

 private:
  static constexpr std::uint32_t kAbsent = static_cast<std::uint32_t>(-1);

  std::shared_ptr<Loss> base_;
  double weight_;
  std::vector<std::uint32_t> sampleOf_;  // (N) of the rows of the table
};

}  // namespace deeptype::losses
