// The penalties over groups in host memory, with loops compiled for each instruction set.
#include <array>
#include <cmath>

#include "../../../proximal/group.h"
#include "../../../terms/penalties/registry.h"

namespace deeptype {
namespace {

// Every row of m times its factor; a factor of 0 clears even what is not finite.
void scaleRows(MatrixView m, std::span<const float> factors) {
  simd::dispatch([m, f = factors.data()]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < m.rows; ++i) {
      float* const row = m.row(i);
      const float factor = f[i];
      if (factor == 0) {
        for (std::size_t j = 0; j < m.columns; ++j) row[j] = 0;
      } else {
        for (std::size_t j = 0; j < m.columns; ++j) row[j] *= factor;
      }
    }
  });
}

// sum += every row of m times its factor
void addScaledRows(ConstMatrixView m, std::span<const float> factors, MatrixView sum) {
  simd::dispatch([m, sum, f = factors.data()]() DEEPTYPE_LAMBDA {
    for (std::size_t i = 0; i < m.rows; ++i) {
      const float* const row = m.row(i);
      float* const to = sum.row(i);
      const float factor = f[i];
      for (std::size_t j = 0; j < m.columns; ++j) to[j] += factor * row[j];
    }
  });
}

// A radial penalty takes the norms of its rows from their squares, and moves rows by one factor
// each.
template <class F>
class CpuPenalty final : public Penalty {
 public:
  explicit CpuPenalty(const PenaltyOptions& options) : f_(options) {}

  Shape shape() const override { return F::shape; }

  double value(std::span<const float> w) const override {
    if constexpr (kIsRadial)
      return f_.ofNorm(l2Norm(w));
    else
      return f_.value(HostGroup(w));
  }
  double value(ConstMatrixView rows, std::span<const double> squares) const override {
    if constexpr (!kIsRadial) {
      return Penalty::value(rows, squares);
    } else {
      double sum = 0;
      for (const double square : squares) sum += f_.ofNorm(std::sqrt(square));
      return sum;
    }
  }

  void addSubgradient(std::span<const float> w, float weight,
                      std::span<float> gradient) const override {
    if constexpr (!kIsRadial) return f_.addSubgradient(HostGroup(w), weight, HostGroup(gradient));
    if constexpr (kIsRadial) {
      const float multiple = f_.multiple(l2Norm(w), weight);
      addScaledRows({w.data(), 1, w.size()}, {&multiple, 1}, {gradient.data(), 1, gradient.size()});
    }
  }
  void subgradient(ConstMatrixView rows, std::span<const double> squares, float weight,
                   std::span<float> multiples, MatrixView gradient) const override {
    if constexpr (!kIsRadial)
      return Penalty::subgradient(rows, squares, weight, multiples, gradient);
    if constexpr (kIsRadial)
      for (std::size_t j = 0; j < rows.rows; ++j)
        multiples[j] = f_.multiple(std::sqrt(squares[j]), weight);
  }

  void prox(std::span<float> w, float threshold) const override {
    if constexpr (!kIsRadial) return f_.prox(HostGroup(w), threshold);
    if constexpr (kIsRadial) {
      const float factor = f_.shrinkage(l2Norm(w), threshold);
      scaleRows({w.data(), 1, w.size()}, {&factor, 1});
    }
  }
  double prox(MatrixView rows, std::span<const float> thresholds,
              std::span<const double> squares) const override {
    if constexpr (!kIsRadial) {
      return Penalty::prox(rows, thresholds, squares);
    } else {
      float factors[kMostRows];
      double sum = 0;
      for (std::size_t j = 0; j < rows.rows; ++j) {
        const double norm = std::sqrt(squares[j]);
        factors[j] = f_.shrinkage(norm, thresholds[j]);
        // a norm that is not finite may be cleared
        if (factors[j] != 0) sum += f_.ofNorm(factors[j] * norm);
      }
      scaleRows(rows, factors);
      return sum;
    }
  }

  double dualNorm(std::span<const float> g) const override { return f_.dualNorm(HostGroup(g)); }
  double largestDualNorm(std::size_t width) const override { return f_.largestDualNorm(width); }
  void residual(std::span<const float> w, std::span<const double> g, double weight,
                std::span<double> residual) const override {
    f_.residual(HostGroup(w), HostGroup(g), weight, HostGroup(residual));
  }

 private:
  static constexpr bool kIsRadial = F::shape == Shape::radial;
  F f_;
};

template <class F>
std::unique_ptr<Penalty> make(const PenaltyOptions& options) {
  if constexpr (requires { F::needsSkip; }) {
    if (options.skip == 0) return nullptr;
  }
  return std::make_unique<CpuPenalty<F>>(options);
}

struct Entry {
  const char* name;
  std::unique_ptr<Penalty> (*make)(const PenaltyOptions& options);
};

template <class... F>
constexpr std::array<Entry, sizeof...(F)> tableOf(Variants<F...>) {
  return {Entry{F::name, make<F>}...};
}

constexpr auto kPenalties = tableOf(penalties::All{});

}  // namespace

std::unique_ptr<Penalty> makePenalty(std::string_view name, const PenaltyOptions& options) {
  const Entry* const entry = findByName(kPenalties, name);
  return entry ? entry->make(options) : nullptr;
}

}  // namespace deeptype
