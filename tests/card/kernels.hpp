// Definitions for compiling candle's CUDA kernels as plain C++. The threads of a block take turns.
#pragma once

#include <algorithm>
#include <cassert>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <immintrin.h>
#include <limits>
#include <map>
#include <string>
#include <utility>

#define __global__
#define __device__ inline
#define __host__
#define __forceinline__
#define __launch_bounds__(...)
#define __restrict__
// Static, because only one block runs at a time.
#define __shared__ static

struct Index {
    unsigned x, y, z;
};
extern Index threadIdx, blockIdx, blockDim, gridDim;

/// Lets the other threads of the block run until they reach the same barrier.
void __syncthreads();

using std::max;
using std::min;
using std::isnan;

namespace cuda::std {
template <typename T> using numeric_limits = ::std::numeric_limits<T>;
}

template <typename T> T atomicAdd(T *sum, T value) {
    T before = *sum;
    *sum += value;
    return before;
}
inline float normcdff(float value) { return 0.5f * erfcf(-value * float(M_SQRT1_2)); }
inline double normcdf(double value) { return 0.5 * erfc(-value * M_SQRT1_2); }

struct float2 {
    float x, y;
};
struct float4 {
    float x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
/// Buffer through which the threads of a block exchange values, 16 bytes each.
extern char shuffled[1024][16];
template <typename T> T __shfl_xor_sync(unsigned, T value, unsigned mask, int = 32) {
    unsigned own = threadIdx.x;
    memcpy(shuffled[own], &value, sizeof value);
    __syncthreads();
    memcpy(&value, shuffled[own ^ mask], sizeof value);
    __syncthreads();
    return value;
}
inline float rsqrtf(float value) { return 1 / sqrtf(value); }
inline float __expf(float value) { return expf(value); }

/// One of candle's kernels.
struct Kernel {
    /// Runs one thread of the kernel.
    void (*call)(void **arguments);
    /// Whether the threads of a block wait for each other at barriers.
    bool waits;
    /// Whether the first argument is the number of elements, and the third their layout, or null if they are contiguous.
    bool is_elementwise = false;
};
/// All kernels by name. Each kernel file adds its own.
std::map<std::string, Kernel> &kernels();

template <typename... Arguments, size_t... Place>
void invoke(void (*kernel)(Arguments...), void **arguments, std::index_sequence<Place...>) {
    kernel(*static_cast<std::remove_const_t<Arguments> *>(arguments[Place])...);
}
template <typename... Arguments> void invoke(void (*kernel)(Arguments...), void **arguments) {
    invoke(kernel, arguments, std::index_sequence_for<Arguments...>());
}

/// Half precision, for storage only.
struct Half {
    uint16_t bits;
    Half() = default;
    Half(float value) : bits(_cvtss_sh(value, 0)) {}
    operator float() const { return _cvtsh_ss(bits); }
};

// 8-bit floats, which only kernels that Impasto does not use refer to.
struct __nv_fp8_e4m3 {
    unsigned char __x;
    explicit __nv_fp8_e4m3(float) { abort(); }
};
constexpr int __NV_E4M3 = 0;
inline float __nv_cvt_fp8_to_halfraw(unsigned char, int) { abort(); }
inline float __half2float(float) { abort(); }
