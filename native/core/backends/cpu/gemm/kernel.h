#pragma once
// The interface of gemm.cc to the kernels: one tile of C = A B (or C += A B) with operands that may
// be stored transposed. Each output is summed within blocks of k, then over blocks, in order; the
// blocks depend on K alone, so tiles, threads and packing do not change the bits.
#include <array>
#include <span>

#include "../../../math/matrix.h"
#include "../../../platform/simd/simd.h"
#include "../../../platform/stop.h"

namespace deeptype::gemm_kernel {

// An operand whose element (i, j) is at data[i * rowStride + j * columnStride]; one stride is 1.
struct Operand {
  const float* data;
  std::size_t rowStride, columnStride;
  const float* at(std::size_t i, std::size_t j) const {
    return data + i * rowStride + j * columnStride;
  }
};

// Applied to an output when its sum is complete, before it is stored; all parts are optional.
struct Epilogue {
  const float* bias = nullptr;  // (N): added first
  bool rectify = false;         // then outputs below 0 are multiplied by `below`
  const float* gate = nullptr;  // (M,N): then outputs with gate <= 0 are multiplied by it
  std::size_t gateStride = 0;
  float below = 1;

  bool empty() const { return !bias && !rectify && !gate; }
  Epilogue at(std::size_t i, std::size_t j) const {
    return {bias ? bias + j : nullptr, rectify, gate ? gate + i * gateStride + j : nullptr,
            gateStride, below};
  }
};

// Cache lines to prefetch, `step` bytes apart: a micro-kernel prefetches one with each k.
struct Prefetch {
  const char* line;
  std::size_t step;
};

// Memory that is read after the current sums, as Prefetch parts of `depth` lines.
class PrefetchQueue {
 public:
  explicit PrefetchQueue(std::size_t depth) : depth_(depth) {}
  // Adds the first `depth` rows of a matrix, or all of one that is contiguous.
  void add(ConstMatrixView m) { early_.add(m, depth_); }
  // Returned by the last of `calls` calls of `next`: earlier prefetches would be evicted before
  // use.
  void addLast(std::span<const ConstMatrixView> all, std::size_t calls) {
    for (const ConstMatrixView& m : all) late_.add(m, depth_);
    const std::size_t parts = late_.parts();
    wait_ = calls > parts ? calls - parts : 0;
  }
  // The next part; where there is none, a line that is in cache.
  Prefetch next(const float* hand) {
    if (wait_ > 0)
      --wait_;
    else if (!late_.empty())
      return late_.next();
    return early_.empty() ? Prefetch{reinterpret_cast<const char*>(hand), 0} : early_.next();
  }

 private:
  class Queue {
   public:
    bool empty() const { return at_ == count_; }
    void add(ConstMatrixView m, std::size_t depth) {
      const bool contiguous = m.contiguous();
      const std::size_t row = m.columns * sizeof(float), stride = m.stride * sizeof(float);
      if (empty()) at_ = count_ = 0;
      if (count_ == runs_.size() || m.size() == 0) return;
      runs_[count_++] = {reinterpret_cast<const char*>(m.data), contiguous ? kLine : stride,
                         contiguous ? kLine * depth : kLine,
                         contiguous ? m.rows * row / (kLine * depth) + 1 : row / kLine + 1};
    }
    Prefetch next() {
      Run& run = runs_[at_];
      const Prefetch lines{run.from, run.step};
      run.from += run.shift;
      if (--run.parts == 0) ++at_;
      return lines;
    }
    std::size_t parts() const {
      std::size_t sum = 0;
      for (std::size_t i = at_; i < count_; ++i) sum += runs_[i].parts;
      return sum;
    }

   private:
    static constexpr std::size_t kLine = 64;
    struct Run {
      const char* from;
      std::size_t step, shift, parts;
    };
    std::size_t at_ = 0, count_ = 0;
    std::array<Run, 4> runs_;
  };

  std::size_t depth_, wait_ = 0;
  Queue early_, late_;
};

struct Product {
  Operand a;          // (M,K)
  Operand b;          // (K,N)
  MatrixView c;       // (M,N)
  std::size_t depth;  // K
  bool add;
  Epilogue epilogue{};
  bool bf16 = false;                              // bfloat16 factors
  std::span<const ConstMatrixView> prefetched{};  // read when C is complete
  bool severalTiles = false;  // whether a thread computes several tiles with the same columns of B
  std::uint64_t serial = 0;   // identifies the product: its tiles may share packed panels

  double operations() const {
    return 2.0 * static_cast<double>(c.rows * c.columns) * static_cast<double>(depth);
  }
};

struct Tile {
  std::size_t row, rows, column, columns;
};

// Packed panels of one thread; they keep their capacity between calls.
struct Scratch {
  struct Key {  // identifies a packed block of B
    std::uint64_t serial = 0;
    std::size_t column = 0, k = 0;
    int vectors = 0;
    bool operator==(const Key&) const = default;
  };
  Buffer<float> a, b;
  Buffer<std::uint32_t> bf16A, bf16B;  // pairs of bfloat16
  Key packedKey;                       // of the panels in b or bf16B
};

#ifdef DEEPTYPE_BLAS
void tileBlas(const Product& product, const Tile& tile);
#endif
void tileBaseline(const Product& product, const Tile& tile, Scratch& scratch);
#ifdef DEEPTYPE_X86
void tileAvx2(const Product& product, const Tile& tile, Scratch& scratch);
void tileAvx512(const Product& product, const Tile& tile, Scratch& scratch);
void tileNarrow(const Product& product, const Tile& tile, Scratch& scratch);  // AVX-512, C (M,<= 8)
// bfloat16 factors, on AMX or on AVX512-BF16.
void tileAmx(const Product& product, const Tile& tile, Scratch& scratch);
void tileDots(const Product& product, const Tile& tile, Scratch& scratch);
#endif

constexpr std::size_t ceilDiv(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

// 0 .. size-1 in `count` nearly equal parts, the longer ones first.
struct Parts {
  constexpr Parts(std::size_t size, std::size_t count)
      : count(count), least(size / count), longer(size % count) {}
  constexpr std::size_t begin(std::size_t i) const { return least * i + (i < longer ? i : longer); }
  constexpr std::size_t size(std::size_t i) const { return least + (i < longer ? 1 : 0); }

  std::size_t count, least, longer;
};

}  // namespace deeptype::gemm_kernel
