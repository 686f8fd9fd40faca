#include "math/random.h"

#include <algorithm>
#include <numeric>

#include "check.h"

using namespace deeptype;
using Block = std::array<std::uint32_t, 4>;

TEST(philox_known_answers) {
  CHECK(
      (philox4x32({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
         Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK((philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
         Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(random_continues_from_any_position) {
  Random whole(7, 3);
  std::vector<std::uint32_t> numbers(40);
  for (auto& number : numbers) number = whole.next();
  for (std::uint64_t position = 0; position < 40; ++position) {
    Random late(7, 3, position);
    CHECK(late.position() == position);
    for (std::uint64_t i = position; i < 40; ++i) CHECK(late.next() == numbers[i]);
  }
  CHECK(Random(7, 4).next() != numbers[0] && Random(8, 3).next() != numbers[0]);
}

TEST(random_moments) {
  constexpr int n = 400000;
  Random random(11, 0);
  double mean = 0, square = 0, least = 1, most = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform();
    mean += u / n;
    square += u * u / n;
    least = std::min(least, u);
    most = std::max(most, u);
  }
  CHECK(std::abs(mean - 0.5) < 0.003 && std::abs(square - 1.0 / 3) < 0.003);
  CHECK(least >= 0 && least < 1e-4 && most < 1 && most > 1 - 1e-4);
  double moment[5] = {};
  for (int i = 0; i < n; ++i) {
    const double z = random.normal();
    for (int p = 1; p <= 4; ++p) moment[p] += std::pow(z, p) / n;
  }
  CHECK(std::abs(moment[1]) < 0.01 && std::abs(moment[2] - 1) < 0.015);
  CHECK(std::abs(moment[3]) < 0.03 && std::abs(moment[4] - 3) < 0.1);
}

TEST(random_below_is_uniform) {
  Random random(5, 5);
  int counts[7] = {};
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  for (const int count : counts) CHECK(std::abs(count - 10000) < 500);
  CHECK(random.below(1) == 0);
  const std::uint64_t large = (1ull << 63) + 12345;
  for (int i = 0; i < 1000; ++i) CHECK(random.below(large) < large);
}

TEST(shuffle_is_a_permutation) {
  Random random(1, 2);
  for (const std::size_t n : {0, 1, 2, 3, 100, 1001}) {
    std::vector<std::uint32_t> indices(n), sorted(n);
    std::iota(sorted.begin(), sorted.end(), 0u);
    indices = sorted;
    shuffle(indices, random);
    if (n == 1001) CHECK(indices != sorted);
    std::sort(indices.begin(), indices.end());
    CHECK(indices == sorted);
  }
}
