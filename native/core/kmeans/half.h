#pragma once
// Scores from bfloat16 copies, where the processor multiplies them faster than float32. What they
// leave open is decided from the data itself, so that they change no label.
#include <cstddef>
#include <cstdint>

namespace deeptype::kmeans_kernel {

// What the first look at the distances runs on.
enum class FirstLook { fastest, single, half, tiles };

struct HalfKernels {
  std::size_t pairStep;  // pairs of columns come in multiples of this, with zeros at the end
  std::size_t rowStep;   // centroids likewise
  // Around any number of products on one thread.
  void (*begin)();
  void (*end)();
  // scores (K, lanes) = centroids (K, pairs) block (pairs, lanes); each pair is a product of two.
  void (*multiply)(const std::uint32_t* block, std::size_t pairs, const std::uint32_t* centroids,
                   std::size_t clusters, float* scores);
};

// Null for `single`, and for what the processor has not or the instruction set in use leaves out.
const HalfKernels* halfKernels(FirstLook look);

#if defined(__x86_64__) && defined(__GNUC__)
extern const HalfKernels dotProducts;   // AVX512-BF16
extern const HalfKernels tileProducts;  // AMX
#endif

}  // namespace deeptype::kmeans_kernel
