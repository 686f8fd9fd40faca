// Peak rates of the machine: c++ -std=c++20 -O3 -march=native -pthread bench/native/floor.cc
// prints, for each thread count given, the peak of float32 fused multiply-adds and the bandwidth of
// reading memory, as lines of JSON {"threads", "gigaflops", "gigabytes"}: the best of several short
// samples.
#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>
#ifdef __linux__
#include <sys/mman.h>
#endif

#if defined(__AVX512F__)
constexpr std::size_t kBytes = 64, kChains = 24;
#elif defined(__AVX__)
constexpr std::size_t kBytes = 32, kChains = 12;
#else
constexpr std::size_t kBytes = 16, kChains = 16;
#endif
typedef float Vector __attribute__((vector_size(kBytes)));
constexpr std::size_t kLanes = kBytes / sizeof(float);

static volatile float sink;

static void keep(const Vector& v) {
  float sum = 0;
  for (std::size_t i = 0; i < kLanes; ++i) sum += v[i];
  sink = sum;
}

// Enough independent chains to hide the latency of the instruction; returns floating-point
// operations.
static double multiplyAdds(std::size_t rounds) {
  Vector chain[kChains];
  for (std::size_t i = 0; i < kChains; ++i) chain[i] = Vector{} + static_cast<float>(i);
  Vector factor = Vector{} + 0.999f;
  Vector term = Vector{} + 0.5f;
  asm volatile("" : : "g"(&factor), "g"(&term) : "memory");  // hides the values from the compiler
  const Vector a = factor;
  const Vector b = term;
  for (std::size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 24
    for (std::size_t i = 0; i < kChains; ++i) chain[i] = chain[i] * a + b;
  }
  Vector sum{};
  for (const Vector& c : chain) sum += c;
  keep(sum);
  return 2.0 * static_cast<double>(rounds * kChains * kLanes);
}

// Reads every cache line once; returns bytes.
static double read(const Vector* data, std::size_t count) {
  Vector sums[8] = {};
  for (std::size_t i = 0; i + 8 <= count; i += 8) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < 8; ++j) sums[j] += data[i + j];
  }
  Vector sum{};
  for (const Vector& s : sums) sum += s;
  keep(sum);
  return static_cast<double>(count * kBytes);
}

// Units of work a second of all threads together, in the best sample; `work` returns its units.
static double best(unsigned threads, int samples, const std::function<double(unsigned)>& work) {
  using Clock = std::chrono::steady_clock;
  double rate = 0;
  for (int sample = 0; sample < samples; ++sample) {
    std::barrier start(static_cast<std::ptrdiff_t>(threads));
    std::vector<double> done(threads);
    std::vector<Clock::time_point> begun(threads), ended(threads);
    const auto body = [&](unsigned t) {
      start.arrive_and_wait();
      begun[t] = Clock::now();
      done[t] = work(t);
      ended[t] = Clock::now();
    };
    std::vector<std::thread> others;
    for (unsigned t = 1; t < threads; ++t) others.emplace_back(body, t);
    body(0);
    for (std::thread& other : others) other.join();
    const auto first = *std::min_element(begun.begin(), begun.end());
    const auto last = *std::max_element(ended.begin(), ended.end());
    double total = 0;
    for (const double part : done) total += part;
    rate = std::max(rate, total / std::chrono::duration<double>(last - first).count());
  }
  return rate;
}

int main(int argc, char** argv) {
  constexpr std::size_t size = std::size_t{512} << 20;  // beyond any cache
  void* const memory = std::aligned_alloc(std::size_t{2} << 20, size);
  if (memory == nullptr) return 1;
#ifdef __linux__
  madvise(memory, size, MADV_HUGEPAGE);
#endif
  Vector* const data = static_cast<Vector*>(memory);
  std::fill_n(data, size / kBytes, Vector{} + 1.0f);
  for (int i = 1; i < argc; ++i) {
    const unsigned threads = std::max(1u, static_cast<unsigned>(std::atoi(argv[i])));
    const std::size_t part = size / kBytes / threads;
    const double flops = best(
        threads, 25, [](unsigned) { return multiplyAdds(1'000'000'000 / kLanes / kChains / 2); });
    const double bytes = best(threads, 7, [&](unsigned t) { return read(data + t * part, part); });
    std::printf("{\"threads\": %u, \"gigaflops\": %.2f, \"gigabytes\": %.2f}\n", threads,
                flops * 1e-9, bytes * 1e-9);
  }
  std::free(memory);
}
