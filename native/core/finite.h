#pragma once
// Whether all values are finite, at the speed of memory.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include "simd/simd.h"
#include "threads.h"

namespace deeptype {

template <class T>
bool allFinite(std::span<const T> values, unsigned threads) {
  using Word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Word exponent = std::bit_cast<Word>(std::numeric_limits<T>::infinity());
  constexpr std::size_t chunk = 1 << 16;
  std::atomic<bool> all{true};
  const std::size_t tasks = (values.size() + chunk - 1) / chunk;
  parallelFor(tasks, tasks >= 8 ? threads : 1, [&](std::size_t task) {
    const T* from = values.data() + task * chunk;
    const std::size_t count = std::min(chunk, values.size() - task * chunk);
    Word largest = 0;
    simd::dispatch([&]() DEEPTYPE_LAMBDA {
      Word most = 0;  // of the exponents; a maximum keeps the loop to three instructions a vector
      for (std::size_t i = 0; i < count; ++i) {
        const Word bits = std::bit_cast<Word>(from[i]) & exponent;
        most = bits > most ? bits : most;
      }
      largest = most;
    });
    if (largest == exponent) all.store(false, std::memory_order_relaxed);
  });
  return all.load();
}

}  // namespace deeptype
