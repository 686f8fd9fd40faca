// AVX2 and FMA.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "kernel.h"

#ifdef DEEPTYPE_X86
namespace deeptype::kmeans_kernel {
namespace {

#define TARGET DEEPTYPE_TARGET_AVX2
#define BYTES 32
#include "kernel.inl.h"

}  // namespace

const Kernels avx2 = table;

}  // namespace deeptype::kmeans_kernel
#endif
