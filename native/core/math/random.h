#pragma once
// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a
// counter-based generator. A number depends on (seed, stream, position) alone, never on the thread
// that draws it.
#include <array>
#include <cstdint>
#include <span>

namespace deeptype {

// The block of four 32-bit numbers at `counter` of the generator `key`.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream, std::uint64_t position = 0);
  std::uint32_t next();                      // uniform over 32 bits
  double uniform();                          // [0, 1), 53 bits
  double normal();                           // standard normal (Box-Muller, both values used)
  std::uint64_t below(std::uint64_t bound);  // uniform on 0 .. bound-1, unbiased; bound > 0
  std::uint64_t position() const { return position_; }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint64_t stream_;
  std::uint64_t position_;  // of the next 32-bit number
  std::array<std::uint32_t, 4> block_{};
  bool hasSpare_ = false;
  double spare_ = 0;
};

// Fisher-Yates on an index array that already holds the values to shuffle.
void shuffle(std::span<std::uint32_t> indices, Random& random);

}  // namespace deeptype
