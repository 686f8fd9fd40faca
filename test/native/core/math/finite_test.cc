#include "math/finite.h"

#include <vector>

#include "check.h"

using namespace deeptype;

namespace {

template <class T>
void detectsEveryPosition() {
  std::vector<T> values(600001, std::numeric_limits<T>::max());
  const auto all = [&] { return allFinite(std::span<const T>(values), 2); };
  CHECK(all() && allFinite(std::span<const T>(), 1));
  for (const std::size_t i : {std::size_t{0}, std::size_t{65536}, std::size_t{600000}}) {
    for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
                        -std::numeric_limits<T>::infinity()}) {
      values[i] = bad;
      CHECK(!all());
    }
    values[i] = std::numeric_limits<T>::denorm_min();
    CHECK(all());
  }
}

}  // namespace

TEST(all_finite_detects_every_non_finite_value) {
  detectsEveryPosition<float>();
  detectsEveryPosition<double>();
}
