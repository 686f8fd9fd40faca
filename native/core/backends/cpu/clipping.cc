#include "clipping.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "../../math/norms.h"
#include "../../platform/threads.h"

namespace deeptype {
namespace {

constexpr std::size_t kParts = 64;  // whose norms are taken, whatever the number of threads
constexpr std::size_t kWorthwhile = std::size_t{1} << 17;  // numbers that pay for threads

}  // namespace

double clipGradient(std::span<float> g, double most, unsigned threads) {
  const std::size_t length = (g.size() + kParts - 1) / kParts;
  const unsigned workers = g.size() >= kWorthwhile ? threads : 1;
  const auto part = [&](std::size_t i) {
    const std::size_t begin = std::min(i * length, g.size());
    return g.subspan(begin, std::min(length, g.size() - begin));
  };
  std::array<double, kParts> norms{};
  parallelFor(kParts, workers, [&](std::size_t i) { norms[i] = l2Norm(part(i)); });
  const double norm = l2Norm(norms);
  if (!(norm > most)) return 1;
  const double factor = most / norm;
  parallelFor(kParts, workers, [&](std::size_t i) {
    for (float& x : part(i)) x *= static_cast<float>(factor);
  });
  return factor;
}

}  // namespace deeptype
