// AVX-512.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "../../../platform/simd/avx512.h"
#include "kernel.h"

#ifdef DEEPTYPE_X86

namespace deeptype::kmeans_kernel {
namespace {

#define TARGET DEEPTYPE_TARGET_AVX512
#define BYTES 64
#include "kernel.inl.h"

}  // namespace

const Kernels avx512 = table;

}  // namespace deeptype::kmeans_kernel
#endif
