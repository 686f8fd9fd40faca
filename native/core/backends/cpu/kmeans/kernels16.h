#pragma once
// Scores from 16-bit copies of the data, where the processor multiplies them faster than float32:
// bfloat16, or integers with a unit for each point. Points whose nearest centroid is within their
// rounding error are decided from the data, so that labels do not depend on the copy.
#include <cstddef>
#include <cstdint>

namespace deeptype::kmeans_kernel {

// The number format of the scores: int16 needs AVX512-VNNI, bf16 AMX.
enum class ScorePrecision { fastest, float32, int16, bf16 };

// The norm of a point, or of the longest centroid, in its unit. Every partial sum of a dot product
// then stays below 2^31.
constexpr float maxUnits = 32700;
// Integers are stored in groups of this many columns, the last one shorter: word i of a group holds
// columns i and (columns + 1) / 2 + i.
constexpr std::size_t groupColumns = 32;

struct Kernels16 {
  bool integers;         // otherwise bfloat16
  std::size_t pairStep;  // pairs of columns are padded with zeros to a multiple of this
  std::size_t rowStep;   // and centroids to a multiple of this
  // Called before and after products on one thread.
  void (*begin)();
  void (*end)();
  // scores (K, lanes) = centroids (K, pairs) block (pairs, lanes); each pair is a product of two.
  // Integers are scaled by units (lanes) of the points and `unit` of the centroids.
  void (*multiply)(const std::uint32_t* block, std::size_t pairs, const std::uint32_t* centroids,
                   std::size_t clusters, const float* units, float unit, float* scores);
};

// Calls begin() and end() of the kernels, if any.
class Kernels16Scope {
 public:
  explicit Kernels16Scope(const Kernels16* kernels) : kernels_(kernels) {
    if (kernels_) kernels_->begin();
  }
  Kernels16Scope(const Kernels16Scope&) = delete;
  Kernels16Scope& operator=(const Kernels16Scope&) = delete;
  ~Kernels16Scope() {
    if (kernels_) kernels_->end();
  }

 private:
  const Kernels16* kernels_;
};

// Null for `float32`, and where the processor or the instruction set in use does not support it.
const Kernels16* kernels16(ScorePrecision precision);

#if defined(__x86_64__) && defined(__GNUC__)
extern const Kernels16 int16VnniKernels;  // AVX512-VNNI
extern const Kernels16 bf16AmxKernels;    // AMX
#endif

}  // namespace deeptype::kmeans_kernel
