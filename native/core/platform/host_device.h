#pragma once
// Marks of formulas that a CUDA compiler takes too: functions for host and device, and the same
// that are always inlined, so that loops over them vectorise inside simd::dispatch.
#ifdef __CUDACC__
#define DEEPTYPE_HOST_DEVICE __host__ __device__
#define DEEPTYPE_HOST_DEVICE_INLINE __host__ __device__ __forceinline__
#else
#define DEEPTYPE_HOST_DEVICE
#define DEEPTYPE_HOST_DEVICE_INLINE __attribute__((always_inline)) inline
#endif
// The second, for lambdas: after their parameters.
#define DEEPTYPE_HOST_DEVICE_LAMBDA __attribute__((always_inline))
