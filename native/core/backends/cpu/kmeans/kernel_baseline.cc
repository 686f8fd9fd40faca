// SSE2 on x86-64, NEON on ARM.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "kernel.h"

namespace deeptype::kmeans_kernel {
namespace {

#define TARGET
#define BYTES 16
#include "kernel.inl.h"

}  // namespace

const Kernels baseline = table;

}  // namespace deeptype::kmeans_kernel
