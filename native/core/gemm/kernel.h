#pragma once
// What gemm.cc asks of the kernel of an instruction set: one tile of C = A B (or C += A B), where
// the operands may be stored transposed. Each output is the sum over blocks of k of the sums within
// a block, in order; the blocks depend on K alone, so neither the tiles nor the threads nor packing
// change a bit.
#include "../matrix.h"
#include "../simd/simd.h"

namespace deeptype::gemm_kernel {

// An operand whose element (i, j) is at data[i * rowStride + j * columnStride]; one stride is 1.
struct Operand {
  const float* data;
  std::size_t rowStride, columnStride;
  const float* at(std::size_t i, std::size_t j) const {
    return data + i * rowStride + j * columnStride;
  }
};

// What happens to an output when its sum is complete, before it is stored; all parts are optional.
struct Ending {
  const float* bias = nullptr;  // (N): is added
  bool rectify = false;         // then an output below 0 is times `below`
  const float* gate = nullptr;  // (M,N): then an output is times `below` where this is <= 0
  std::size_t gateStride = 0;
  float below = 1;

  bool empty() const { return !bias && !rectify && !gate; }
  Ending at(std::size_t i, std::size_t j) const {
    return {bias ? bias + j : nullptr, rectify, gate ? gate + i * gateStride + j : nullptr,
            gateStride, below};
  }
};

struct Product {
  Operand a;          // (M,K)
  Operand b;          // (K,N)
  MatrixView c;       // (M,N)
  std::size_t depth;  // K
  bool add;
  Ending ending{};
  bool half = false;         // bfloat16 factors
  std::uint64_t serial = 0;  // of the product: tiles of one product may share packed panels

  double operations() const {
    return 2.0 * static_cast<double>(c.rows * c.columns) * static_cast<double>(depth);
  }
};

struct Tile {
  std::size_t row, rows, column, columns;
};

// Packed panels of one thread; they keep their size from call to call.
struct Scratch {
  struct Key {  // of a packed block of B
    std::uint64_t serial = 0;
    std::size_t column = 0, k = 0;
    int vectors = 0;
    bool operator==(const Key&) const = default;
  };
  Buffer<float> a, b;
  Buffer<std::uint32_t> halfA, halfB;  // pairs of bfloat16
  Key held;                            // what b holds, or halfB
};

#ifdef DEEPTYPE_BLAS
void tileBlas(const Product& product, const Tile& tile);
#endif
void tileBaseline(const Product& product, const Tile& tile, Scratch& scratch);
#ifdef DEEPTYPE_X86
void tileAvx2(const Product& product, const Tile& tile, Scratch& scratch);
void tileAvx512(const Product& product, const Tile& tile, Scratch& scratch);
// bfloat16 factors, on AMX or on AVX512-BF16.
void tileAmx(const Product& product, const Tile& tile, Scratch& scratch);
void tileDots(const Product& product, const Tile& tile, Scratch& scratch);
#endif

constexpr std::size_t ceilDiv(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

// The i-th of `parts` nearly equal parts of 0 .. size-1 begins here.
constexpr std::size_t partBegin(std::size_t size, std::size_t parts, std::size_t i) {
  return size / parts * i + (i < size % parts ? i : size % parts);
}

}  // namespace deeptype::gemm_kernel
