#include "backends/cpu/gemm/gemm.h"

#include <algorithm>
#include <cstring>
#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "check.h"
#include "math/random.h"
#include "platform/threads.h"

using namespace deeptype;

namespace {

// A matrix that ends at a page boundary before an inaccessible page, with guard values as padding.
class Guarded {
 public:
  static constexpr float guard = 12345.5f;

  Guarded(std::size_t rows, std::size_t columns, std::size_t stride) {
    const std::size_t count = (rows - 1) * stride + columns;
#ifdef __linux__
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t bytes = (count * sizeof(float) + page - 1) / page * page;
    size_ = bytes + page;
    base_ = static_cast<char*>(
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base_ + bytes, page, PROT_NONE);
    view = {reinterpret_cast<float*>(base_ + bytes) - count, rows, columns, stride};
#else
    storage_.resize(count);
    view = {storage_.data(), rows, columns, stride};
#endif
    std::fill_n(view.data, count, guard);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
#ifdef __linux__
  ~Guarded() { munmap(base_, size_); }
#endif

  void randomize(Random& random) {
    for (std::size_t i = 0; i < view.rows; ++i)
      for (float& x : view.rowSpan(i)) x = static_cast<float>(random.uniform() * 2 - 1);
  }
  bool guardsIntact() const {
    for (std::size_t i = 0; i + 1 < view.rows; ++i)
      for (std::size_t j = view.columns; j < view.stride; ++j)
        if (view(i, j) != guard) return false;
    return true;
  }

  MatrixView view;

 private:
#ifdef __linux__
  char* base_ = nullptr;
  std::size_t size_ = 0;
#else
  std::vector<float> storage_;
#endif
};

enum class Form { plain, transposeA, transposeB };

void multiply(Form form, ConstMatrixView a, ConstMatrixView b, MatrixView c, Accumulate accumulate,
              unsigned threads) {
  switch (form) {
    case Form::plain: return gemm(a, b, c, accumulate, threads);
    case Form::transposeA: return gemmTransposeA(a, b, c, accumulate, threads);
    case Form::transposeB: return gemmTransposeB(a, b, c, accumulate, threads);
  }
}

void compare(Form form, std::size_t m, std::size_t k, std::size_t n, std::size_t padding,
             Accumulate accumulate, Random& random, unsigned mostThreads = 1) {
  const bool ta = form == Form::transposeA, tb = form == Form::transposeB;
  Guarded a(ta ? k : m, ta ? m : k, (ta ? m : k) + padding);
  Guarded b(tb ? n : k, tb ? k : n, (tb ? k : n) + padding);
  Guarded c(m, n, n + padding);
  a.randomize(random);
  b.randomize(random);
  c.randomize(random);
  std::vector<float> start, first;
  for (std::size_t i = 0; i < m; ++i) start.insert(start.end(), c.view.row(i), c.view.row(i) + n);

  for (unsigned threads = 1; threads <= mostThreads; ++threads) {
    for (std::size_t i = 0; i < m; ++i) std::copy_n(&start[i * n], n, c.view.row(i));
    multiply(form, a.view, b.view, c.view, accumulate, threads);
    CHECK(a.guardsIntact() && b.guardsIntact() && c.guardsIntact());
    for (std::size_t i = 0; i < m; ++i) {
      if (threads == 1) first.insert(first.end(), c.view.row(i), c.view.row(i) + n);
#ifndef DEEPTYPE_BLAS
      CHECK(std::memcmp(&first[i * n], c.view.row(i), n * sizeof(float)) == 0);
#endif
    }
  }
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double sum = accumulate == Accumulate::yes ? start[i * n + j] : 0, size = std::abs(sum);
      for (std::size_t l = 0; l < k; ++l) {
        const double term =
            double{ta ? a.view(l, i) : a.view(i, l)} * double{tb ? b.view(j, l) : b.view(l, j)};
        sum += term;
        size += std::abs(term);
      }
      CHECK(std::abs(sum - double{c.view(i, j)}) <= 1e-6 * size + 1e-30);
    }
}

constexpr Form forms[] = {Form::plain, Form::transposeA, Form::transposeB};
constexpr Accumulate modes[] = {Accumulate::no, Accumulate::yes};

}  // namespace

TEST(gemm_all_small_shapes) {
  Random random(1, 0);
  for (std::size_t m = 1; m <= 9; ++m)
    for (std::size_t k = 1; k <= 9; ++k)
      for (std::size_t n = 1; n <= 9; ++n)
        for (const Form form : forms)
          compare(form, m, k, n, (m + k + n) % 3, modes[(m + n) % 2], random);
}

TEST(gemm_random_shapes_to_70) {
  Random random(2, 0);
  const auto size = [&] { return 1 + random.below(70); };
  for (int i = 0; i < 600; ++i)
    compare(forms[i % 3], size(), size(), size(), random.below(20), modes[i % 2], random);
}

TEST(gemm_every_width_and_height) {
  Random random(3, 0);
  for (std::size_t size = 1; size <= 70; ++size)
    for (const Form form : forms) {
      compare(form, size, 17, 33, 3, Accumulate::no, random);
      compare(form, 17, size, 33, 3, Accumulate::yes, random);
      compare(form, 17, 33, size, 3, Accumulate::no, random);
    }
}

TEST(gemm_long_sums_and_packed_panels) {
  Random random(4, 0);
  const std::size_t shapes[][3] = {{3, 1000, 5},    {70, 385, 400},   {131, 769, 257},
                                   {300, 512, 300}, {600, 300, 1100}, {64, 2049, 129},
                                   {17, 3000, 70}};
  for (const auto& [m, k, n] : shapes)
    for (const Form form : forms)
      for (const Accumulate mode : modes) compare(form, m, k, n, 5, mode, random, 3);
}

#ifndef DEEPTYPE_BLAS  // the order of sums in a BLAS is unspecified
TEST(gemm_same_bits_for_any_number_of_threads) {
  Random random(5, 0);
  const std::size_t shapes[][3] = {{64, 784, 128}, {257, 129, 250}, {1000, 64, 70}, {15, 300, 700}};
  for (const auto& [m, k, n] : shapes)
    for (const Form form : forms) compare(form, m, k, n, 1, Accumulate::no, random, 5);
}

TEST(gemm_a_row_does_not_depend_on_the_other_rows) {
  Random random(6, 0);
  Guarded a(200, 800, 800), b(800, 300, 300), whole(200, 300, 300), alone(1, 300, 300);
  a.randomize(random);
  b.randomize(random);
  gemm(a.view, b.view, whole.view, Accumulate::no, 2);
  for (std::size_t i = 0; i < 200; i += 7) {
    gemm(a.view.rowRange(i, 1), b.view, alone.view, Accumulate::no, 1);
    CHECK(std::memcmp(whole.view.row(i), alone.view.data, 300 * sizeof(float)) == 0);
  }
}
#endif

TEST(gemm_empty_sum_and_empty_output) {
  Guarded c(3, 5, 5);
  const float nothing = 0;
  gemm({&nothing, 3, 0, 1}, {&nothing, 0, 5, 5}, c.view, Accumulate::yes, 2);
  CHECK(c.view(2, 4) == Guarded::guard);
  gemm({&nothing, 3, 0, 1}, {&nothing, 0, 5, 5}, c.view, Accumulate::no, 2);
  CHECK(c.view(0, 0) == 0 && c.view(2, 4) == 0);
  gemm({&nothing, 0, 1, 1}, {&nothing, 1, 0, 1}, {c.view.data, 0, 0, 1}, Accumulate::no, 2);
}

TEST(gemm_rows_by_blocks_are_those_of_the_whole_product) {
  Random random(7, 0);
  const std::size_t shapes[][3] = {{1, 3, 1}, {20, 64, 64}, {784, 64, 128}, {3000, 300, 70}};
  for (const auto& [m, k, n] : shapes) {
    Guarded a(k, m, m + 3), b(k, n, n + 1), whole(m, n, n);
    a.randomize(random);
    b.randomize(random);
    gemmTransposeA(a.view, b.view, whole.view, Accumulate::no, 1);
    const RowProduct product(a.view, b.view, Precision::float32);
    const std::size_t blocks = rowBlocks(m, n);
    for (unsigned threads = 1; threads <= 3; ++threads) {
      Guarded c(m, n, n + 2);
      parallelFor(blocks, threads, [&, m = m](std::size_t i) {
        const std::size_t begin = i * m / blocks;
        product(begin, c.view.rowRange(begin, (i + 1) * m / blocks - begin));
      });
      bool same = true;
      for (std::size_t i = 0; i < m; ++i)
        same = same && std::memcmp(c.view.row(i), whole.view.row(i), n * sizeof(float)) == 0;
      CHECK(same);
    }
  }
}
