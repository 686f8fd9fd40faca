// The losses over batches in host memory.
#include <array>
#include <concepts>
#include <type_traits>

#include "../../../terms/losses/registry.h"
#include "cross_entropy.h"

namespace deeptype {
namespace {

// The mean over batch and outputs of an element-wise loss.
template <class F>
class ElementwiseLoss final : public Loss {
 public:
  TargetKind targets() const override { return TargetKind::values; }

  double evaluate(ConstMatrixView outputs, const Targets& targets, MatrixView gradient) override {
    const double scale = 1.0 / static_cast<double>(outputs.size());
    double sum = 0;
    for (std::size_t i = 0; i < outputs.rows; ++i) {
      const float weight = targets.weight(i);
      const auto factor = weight * static_cast<float>(scale);
      for (std::size_t c = 0; c < outputs.columns; ++c) {
        float slope = 0;
        sum += weight * F::evaluate(outputs(i, c), targets.values(i, c), slope);
        gradient(i, c) = slope * factor;
      }
    }
    return sum * scale;
  }
};

template <class F>
std::shared_ptr<Loss> make(const LossOptions& options) {
  if constexpr (std::is_same_v<F, losses::CrossEntropy>)
    return std::make_shared<CpuCrossEntropy>();
  else if constexpr (std::derived_from<F, Loss>)
    return F::make(options);
  else
    return std::make_shared<ElementwiseLoss<F>>();
}

struct Entry {
  const char* name;
  std::shared_ptr<Loss> (*make)(const LossOptions& options);
};

template <class... F>
constexpr std::array<Entry, sizeof...(F)> tableOf(Variants<F...>) {
  return {Entry{F::name, make<F>}...};
}

constexpr auto kLosses = tableOf(losses::All{});

}  // namespace

std::shared_ptr<Loss> makeLoss(std::string_view name, const LossOptions& options) {
  const Entry* const entry = findByName(kLosses, name);
  return entry ? entry->make(options) : nullptr;
}

}  // namespace deeptype
