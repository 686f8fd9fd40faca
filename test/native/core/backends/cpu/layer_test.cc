// Products with a fused activation against product and activation in separate passes.
#include <cstring>

#include "backends/cpu/gemm/gemm.h"
#include "check.h"
#include "math/random.h"
#include "platform/simd/denormals.h"

using namespace deeptype;

namespace {

constexpr const char* names[] = {"identity", "relu", "leaky-relu", "sigmoid", "tanh", "gelu"};

Buffer<float> randomBuffer(std::size_t size, Random& random) {
  Buffer<float> values(size);
  for (float& x : values) x = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

bool near(const Buffer<float>& a, const Buffer<float>& b, double tolerance) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(double{a[i]} - double{b[i]}) <= tolerance)) return false;
  return true;
}

void compare(const Activation& f, std::size_t m, std::size_t k, std::size_t n, Random& random) {
  const Buffer<float> a = randomBuffer(m * k, random), b = randomBuffer(k * n, random),
                      bt = randomBuffer(n * k, random), bias = randomBuffer(n, random),
                      start = randomBuffer(m * n, random);
  Buffer<float> z(m * n), h(m * n), plain(m * n), expected(m * n);
  const double tolerance = 1e-5 * std::sqrt(static_cast<double>(k)) + 1e-6;
  gemm(a.view(m, k), b.view(k, n), plain.view(m, n), Accumulate::no, 1);
  for (std::size_t i = 0; i < m * n; ++i) plain[i] += bias[i % n];
  f.forward(plain.data(), expected.data(), m * n);
  std::vector<float> first;
  for (unsigned threads = 1; threads <= 3; ++threads) {
    gemmLayer(a.view(m, k), b.view(k, n), bias.data(), &f, z.view(m, n), h.view(m, n), threads);
    CHECK(near(h, expected, tolerance));
    if (f.needsInput) CHECK(near(z, plain, tolerance));
    if (threads == 1) first.assign(h.begin(), h.end());
    CHECK(std::memcmp(first.data(), h.data(), m * n * sizeof(float)) == 0);
  }

  for (const Accumulate mode : {Accumulate::no, Accumulate::yes}) {
    Buffer<float> slope(m * n), wanted(m * n);
    wanted.copyFrom(start.span());
    gemmTransposeB(a.view(m, k), bt.view(n, k), wanted.view(m, n), mode, 1);
    f.backward(z.data(), h.data(), wanted.data(), m * n);
    for (unsigned threads = 1; threads <= 3; ++threads) {
      slope.copyFrom(start.span());
      gemmSlope(a.view(m, k), bt.view(n, k), slope.view(m, n), mode, f, std::as_const(z).view(m, n),
                std::as_const(h).view(m, n), threads);
      CHECK(near(slope, wanted, tolerance));
      if (threads == 1) first.assign(slope.begin(), slope.end());
      CHECK(std::memcmp(first.data(), slope.data(), m * n * sizeof(float)) == 0);
    }
  }
}

}  // namespace

TEST(layer_products_apply_every_activation) {
  const simd::Denormals flushed(simd::Denormals::Mode::flush);  // as in the threads of the pool
  Random random(11, 0);
  const std::size_t shapes[][3] = {{1, 1, 1},     {64, 20, 64},    {40, 64, 5},     {17, 5, 33},
                                   {70, 300, 70}, {130, 784, 150}, {300, 513, 1100}};
  for (const char* name : names)
    for (const auto& [m, k, n] : shapes) compare(*findActivation(name), m, k, n, random);
}

TEST(layer_products_propagate_nan_and_give_no_negative_zero) {
  const float nan = std::nanf("");
  const float a[] = {nan, -1, 2}, b[] = {1}, bias[] = {0};
  float h[3];
  gemmLayer({a, 3, 1}, {b, 1, 1}, bias, findActivation("relu"), {}, {h, 3, 1}, 1);
  CHECK(std::isnan(h[0]) && h[1] == 0 && !std::signbit(h[1]) && h[2] == 2);
}
