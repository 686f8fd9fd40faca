#pragma once
// Scores from copies of 16 bits a coordinate, where the processor multiplies them faster than
// float32: bfloat16, or integers with a unit for each point. What they leave open is decided from
// the data itself, so that they change no label.
#include <cstddef>
#include <cstdint>

namespace deeptype::kmeans_kernel {

// What the first look at the distances runs on.
enum class FirstLook { fastest, single, half, tiles };

// Integers: the length of a point or of the longest centroid in its unit. A product of two stays
// below 2^31, and so does every sum of products on the way.
constexpr float mostUnits = 32700;
// Integers lie in groups of so many columns, the last of what is left: its word i holds columns i
// and (columns + 1) / 2 + i.
constexpr std::size_t groupColumns = 32;

struct HalfKernels {
  bool integers;         // else bfloat16
  std::size_t pairStep;  // pairs of columns come in multiples of this, with zeros at the end
  std::size_t rowStep;   // centroids likewise
  // Around any number of products on one thread.
  void (*begin)();
  void (*end)();
  // scores (K, lanes) = centroids (K, pairs) block (pairs, lanes); each pair is a product of two.
  // Of integers: times units (lanes), those of the points, and `unit`, that of the centroids.
  void (*multiply)(const std::uint32_t* block, std::size_t pairs, const std::uint32_t* centroids,
                   std::size_t clusters, const float* units, float unit, float* scores);
};

// Between a begin and an end of the kernels, where there are any; also where an exception ends it.
class HalfUse {
 public:
  explicit HalfUse(const HalfKernels* kernels) : kernels_(kernels) {
    if (kernels_) kernels_->begin();
  }
  HalfUse(const HalfUse&) = delete;
  HalfUse& operator=(const HalfUse&) = delete;
  ~HalfUse() {
    if (kernels_) kernels_->end();
  }

 private:
  const HalfKernels* kernels_;
};

// Null for `single`, and for what the processor has not or the instruction set in use leaves out.
const HalfKernels* halfKernels(FirstLook look);

#if defined(__x86_64__) && defined(__GNUC__)
extern const HalfKernels integerProducts;  // AVX512-VNNI
extern const HalfKernels tileProducts;     // AMX
#endif

}  // namespace deeptype::kmeans_kernel
