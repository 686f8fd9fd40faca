// Speed of the three products: g++ -std=c++20 -O2 -I native/core bench/native/gemm.cc <core
// objects> prints GFLOP/s, the best of several rounds. Arguments: [threads].
#include "backends/cpu/gemm/gemm.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "platform/simd/simd.h"

using namespace deeptype;
using Product = void (*)(ConstMatrixView, ConstMatrixView, MatrixView, Accumulate, unsigned,
                         Precision);

static double gigaflops(Product product, ConstMatrixView a, ConstMatrixView b, MatrixView c,
                        double work, unsigned threads) {
  const auto seconds = [&](int repeats) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) product(a, b, c, Accumulate::no, threads, Precision::float32);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() /
           repeats;
  };
  const int repeats = std::max(1, static_cast<int>(0.01 / seconds(1)));
  double best = 1e30;
  for (int round = 0; round < 25; ++round) best = std::min(best, seconds(repeats));
  return work / best * 1e-9;
}

int main(int argc, char** argv) {
  const unsigned threads = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 1;
  const std::size_t shapes[][3] = {
      {64, 20, 64},    {64, 64, 64},     {64, 64, 32}, {64, 32, 5},        {64, 784, 128},
      {256, 256, 256}, {256, 1024, 512}, {1, 64, 64},  {1024, 1024, 1024}, {256, 20000, 1024}};
  std::printf("%s, %u threads, GFLOP/s: X W, X^T dY, dY W^T\n", simd::name(simd::level()), threads);
  for (const auto& [m, k, n] : shapes) {
    Buffer<float> x(m * k, 0.5f), w(k * n, 0.25f), y(m * n, 0.125f), dw(k * n, 0.f), dx(m * k, 0.f);
    const double work = 2.0 * static_cast<double>(m * n) * static_cast<double>(k);
    const double forward = gigaflops(gemm, x.view(m, k), w.view(k, n), y.view(m, n), work, threads);
    const double weight =
        gigaflops(gemmTransposeA, x.view(m, k), y.view(m, n), dw.view(k, n), work, threads);
    const double input =
        gigaflops(gemmTransposeB, y.view(m, n), w.view(k, n), dx.view(m, k), work, threads);
    std::printf("%5zu x %5zu x %5zu  %7.1f %7.1f %7.1f\n", m, k, n, forward, weight, input);
  }
}
