#pragma once
// A vector with the operations of the closed forms: norms, sums above a threshold and elementwise
// maps. The closed forms are templates over it, and each backend has its own; this one is in host
// memory, with loops compiled for each instruction set.
#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

#include "../math/norms.h"
#include "../platform/simd/lanes.h"
#include "threshold.h"

namespace deeptype {

template <class T>  // float, double, or const
class HostGroup {
 public:
  using Number = std::remove_const_t<T>;

  explicit HostGroup(std::span<T> v) : v_(v) {}
  std::size_t size() const { return v_.size(); }
  T& operator[](std::size_t i) const { return v_[i]; }
  HostGroup first(std::size_t n) const { return HostGroup(v_.first(n)); }
  HostGroup last(std::size_t n) const { return HostGroup(v_.last(n)); }

  double l1() const { return l1Norm(numbers()); }
  double l2() const { return l2Norm(numbers()); }
  double lInfinity() const { return lInfinityNorm(numbers()); }

  void fill(Number x) const { std::fill(v_.begin(), v_.end(), x); }

  // v_i = f(v_i); f is an always_inline lambda
  template <class F>
  void map(F f) const {
    simd::dispatch([values = v_.data(), n = v_.size(), f]() DEEPTYPE_LAMBDA {
      for (std::size_t i = 0; i < n; ++i) values[i] = f(values[i]);
    });
  }

  template <Magnitude magnitude>
  Above above(DoubleDouble tau) const {
    Above result;
    simd::dispatch([&result, values = v_.data(), n = v_.size(), tau]() DEEPTYPE_LAMBDA {
      constexpr double neutral =
          magnitude == Magnitude::raw ? -std::numeric_limits<double>::infinity() : 0;
      simd::Doubles sums = {}, errors = {};
      simd::Masks counts = {};
      simd::forLanes(values, n, neutral, [&](const simd::Doubles& x) DEEPTYPE_LAMBDA {
        const simd::Doubles size = magnitude == Magnitude::absolute && x < 0 ? -x : x;
        const simd::Masks isAbove = size - tau.high > tau.low;
        twoSum(sums, errors, isAbove ? size : simd::Doubles{});
        counts -= isAbove;
      });
      for (std::size_t k = 0; k < simd::kLanes; ++k) {
        twoSum(result.sum.high, result.sum.low, sums[k]);
        result.sum.low += errors[k];
        result.count += static_cast<double>(counts[k]);
      }
    });
    return result;
  }

 private:
  std::span<const Number> numbers() const { return v_; }

  std::span<T> v_;
};

}  // namespace deeptype
