// What candle's CUDA kernels need to be compiled as plain C++: the threads of a block take turns.
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
// One block runs at a time.
#define __shared__ static

struct Index {
    unsigned x, y, z;
};
extern Index threadIdx, blockIdx, blockDim, gridDim;

/// Lets the block's other threads come to the same place.
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
/// Room for what each thread of a block shows the others.
extern char shown[1024][16];
template <typename T> T __shfl_xor_sync(unsigned, T value, unsigned mask, int = 32) {
    unsigned own = threadIdx.x;
    memcpy(shown[own], &value, sizeof value);
    __syncthreads();
    memcpy(&value, shown[own ^ mask], sizeof value);
    __syncthreads();
    return value;
}
inline float rsqrtf(float value) { return 1 / sqrtf(value); }
inline float __expf(float value) { return expf(value); }

/// A kernel of candle's.
struct Kernel {
    /// Runs one thread of it.
    void (*call)(void **arguments);
    /// Whether threads of a block wait for each other.
    bool waits;
    /// Whether its first argument is how many numbers it works on, and its third how they lie where not one after the other.
    bool is_elementwise = false;
};
/// All of them by name; each file of kernels adds its own.
std::map<std::string, Kernel> &kernels();

template <typename... Arguments, size_t... Place>
void invoke(void (*kernel)(Arguments...), void **arguments, std::index_sequence<Place...>) {
    kernel(*static_cast<std::remove_const_t<Arguments> *>(arguments[Place])...);
}
template <typename... Arguments> void invoke(void (*kernel)(Arguments...), void **arguments) {
    invoke(kernel, arguments, std::index_sequence_for<Arguments...>());
}

/// Half precision, for keeping numbers in.
struct Half {
    uint16_t bits;
    Half() = default;
    Half(float value) : bits(_cvtss_sh(value, 0)) {}
    operator float() const { return _cvtsh_ss(bits); }
};

// Smaller floats, named by kernels that Impasto does not use.
struct __nv_fp8_e4m3 {
    unsigned char __x;
    explicit __nv_fp8_e4m3(float) { abort(); }
};
constexpr int __NV_E4M3 = 0;
inline float __nv_cvt_fp8_to_halfraw(unsigned char, int) { abort(); }
inline float __half2float(float) { abort(); }
