// The optimisers as loops over weights, compiled for each instruction set.
#include <array>
#include <type_traits>

#include "../../../math/finite.h"
#include "../../../math/norms.h"
#include "../../../terms/optimizers/optimizer.h"
#include "../../../terms/optimizers/registry.h"
#include "adam_avx512.h"

namespace deeptype {
namespace {

using optimizers::Adam;

// |w_j|_2^2, and one that is not finite if the square of a gradient is not.
void checkedSquares(ConstMatrixView w, ConstMatrixView g, double* squares) {
  squaredNorms(w, {squares, w.rows});
  if (!haveFiniteSquares({g.data, g.size()})) squares[0] = HUGE_VAL;
}

template <class Rule>
void update(MatrixView w, ConstMatrixView g, float* first, float* second, const float* decays,
            double* squares, const StepContext& context) {
  const typename Rule::Factors f(context);
#ifdef DEEPTYPE_X86
  if constexpr (std::is_same_v<Rule, Adam>) {
    if (simd::level() == simd::Level::avx512)
      return avx512::updateAdam(w, g, first, second, decays, squares, f);
  }
#endif
  simd::dispatch([=]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      float* const weights = w.row(j);
      float* const m = first + j * w.columns;
      float* const v = second + j * w.columns;
      const float* const gradient = g.row(j);
      for (std::size_t i = 0; i < w.columns; ++i)
        Rule::update(weights[i], gradient[i] + decays[j] * weights[i], m[i], v[i], f);
    }
  });
  checkedSquares(w, g, squares);
}

template <class Rule>
void updateGroups(MatrixView w, ConstMatrixView g, float* first, float* second, float* stepSizes,
                  double* squares, const StepContext& context) {
  const typename Rule::Factors f(context);
  float rates[Optimizer::kMostGroups];
  if (Rule::isAdaptive) squaredNorms(g, {squares, g.rows});
  for (std::size_t j = 0; j < w.rows; ++j) {
    const double square = Rule::isAdaptive ? squares[j] : 0;
    const auto meanSquare = static_cast<float>(square / static_cast<double>(g.columns));
    const GroupStep step = Rule::groupStep(meanSquare, second[j], f);
    stepSizes[j] = step.size;
    rates[j] = step.rate;
  }
#ifdef DEEPTYPE_X86
  if constexpr (std::is_same_v<Rule, Adam>) {
    if (simd::level() == simd::Level::avx512)
      return avx512::updateAdamGroups(w, g, first, rates, squares, f);
  }
#endif
  simd::dispatch([=, &rates]() DEEPTYPE_LAMBDA {
    for (std::size_t j = 0; j < w.rows; ++j) {
      float* const weights = w.row(j);
      float* const m = first + j * w.columns;
      const float* const gradient = g.row(j);
      for (std::size_t i = 0; i < w.columns; ++i)
        Rule::updateInGroup(weights[i], gradient[i], m[i], rates[j], f);
    }
  });
  squaredNorms(w, {squares, w.rows});
}

template <class... Rule>
constexpr std::array<Optimizer, sizeof...(Rule)> tableOf(Variants<Rule...>) {
  return {Optimizer{Rule::name, update<Rule>, updateGroups<Rule>}...};
}

constexpr auto kOptimizers = tableOf(optimizers::All{});

}  // namespace

const Optimizer* findOptimizer(std::string_view name) { return findByName(kOptimizers, name); }

}  // namespace deeptype
