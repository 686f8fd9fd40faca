#pragma once
// Tests whether all values are finite, in one vectorised pass.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include "../platform/simd/simd.h"
#include "../platform/threads.h"

namespace deeptype {

// The exponent bits of x as an unsigned integer: monotone in |x|, all ones for inf and NaN.
template <class T>
constexpr auto exponentOf(T x) {
  using Word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Word mask = std::bit_cast<Word>(std::numeric_limits<T>::infinity());
  return std::bit_cast<Word>(x) & mask;
}

template <class T>
auto largestExponent(std::span<const T> values) {
  using Word = decltype(exponentOf(T{}));
  Word largest = 0;
  simd::dispatch([&largest, from = values.data(), count = values.size()]() DEEPTYPE_LAMBDA {
    Word most = 0;  // an integer maximum needs three instructions a vector
    for (std::size_t i = 0; i < count; ++i) {
      const Word exponent = exponentOf(from[i]);
      most = exponent > most ? exponent : most;
    }
    largest = most;
  });
  return largest;
}

template <class T>
bool allFinite(std::span<const T> values) {
  return largestExponent(values) != exponentOf(std::numeric_limits<T>::infinity());
}

// Whether every value and its square are finite in float32.
inline bool haveFiniteSquares(std::span<const float> values) {
  return largestExponent(values) < exponentOf(0x1p63f);
}

template <class T>
bool allFinite(std::span<const T> values, unsigned threads) {
  constexpr std::size_t chunk = 1 << 16;
  std::atomic<bool> all{true};
  const std::size_t tasks = (values.size() + chunk - 1) / chunk;
  parallelFor(tasks, tasks >= 8 ? threads : 1, [&](std::size_t task) {
    const std::size_t count = std::min(chunk, values.size() - task * chunk);
    if (!allFinite(values.subspan(task * chunk, count)))
      all.store(false, std::memory_order_relaxed);
  });
  return all.load();
}

}  // namespace deeptype
