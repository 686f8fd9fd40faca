#include "random.h"

#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

#include "../platform/stop.h"

namespace deeptype {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t m0 = 0xD2511F53, m1 = 0xCD9E8D57;  // multipliers
  constexpr std::uint32_t w0 = 0x9E3779B9,
                          w1 = 0xBB67AE85;  // key increments of a round (Weyl sequence)
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = m0 * counter[0], p1 = m1 * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += w0;
    key[1] += w1;
  }
  return counter;
}

namespace {

// Numbers 4 q to 4 q + 3 of a stream.
std::array<std::uint32_t, 4> blockAt(std::uint64_t q, std::uint64_t stream,
                                     std::array<std::uint32_t, 2> key) {
  return philox4x32({static_cast<std::uint32_t>(q), static_cast<std::uint32_t>(q >> 32),
                     static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                    key);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream, std::uint64_t position)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      stream_(stream),
      position_(position) {
  if (position_ % 4 != 0) block_ = blockAt(position_ / 4, stream_, key_);
}

std::uint32_t Random::next() {
  if (position_ % 4 == 0) block_ = blockAt(position_ / 4, stream_, key_);
  return block_[position_++ % 4];
}

double Random::uniform() {
  const std::uint64_t high = next() >> 5, low = next() >> 6;  // 27 and 26 bits
  return static_cast<double>(high << 26 | low) * 0x1p-53;
}

double Random::normal() {
  if (std::exchange(hasSpare_, false)) return spare_;
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));  // 1 - u lies in (0, 1]
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  hasSpare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t Random::below(std::uint64_t bound) {
  assert(bound > 0);
  if (bound <= UINT32_MAX) {
    // Lemire 2019: the high half of a product; low halves that would bias it are rejected.
    const std::uint32_t rejected = static_cast<std::uint32_t>(0x1'0000'0000 % bound);
    for (;;) {
      const std::uint64_t product = next() * bound;
      if (static_cast<std::uint32_t>(product) >= rejected) return product >> 32;
    }
  }
  const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound
  for (;;) {
    const std::uint64_t high = next();
    const std::uint64_t value = high << 32 | next();
    if (value >= rejected) return value % bound;
  }
}

void shuffle(std::span<std::uint32_t> indices, Random& random) {
  for (std::size_t i = indices.size(); i > 1; --i) {
    if (i % 65536 == 0) checkStop();
    std::swap(indices[i - 1], indices[random.below(i)]);
  }
}

}  // namespace deeptype
