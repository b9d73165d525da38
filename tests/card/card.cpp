// A simulated NVIDIA GPU: the driver and the libraries that a CUDA build of Impasto calls, implemented on the CPU. candle's
// own kernels run, compiled as plain C++, in one thread; OpenBLAS computes matrix products and convolutions. The simulation
// is slow and says nothing about speed. It shows whether the numbers are right, how much memory is used, what is copied
// between host and device, and what happens when a GPU fails.
//
// Environment variables, with their defaults:
//   CARD_COUNT      number of GPUs (1)
//   CARD_ERROR      driver error code with which initialisation fails (none)
//   CARD_MEMORY     memory in MiB (8192)
//   CARD_LAUNCHES   kernels, products and convolutions that succeed before the GPU is lost (no limit)
//   CARD_ALLOCATIONS  allocations that succeed before memory runs out (no limit)
//   CARD_IDLE       compute nothing, so that all results are zero: for counting
//   CARD_REPORT     file to which the counts are appended at exit

#include <cblas.h>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sys/mman.h>
#include <ucontext.h>
#include <vector>

#include "kernels.hpp"

Index threadIdx, blockIdx, blockDim, gridDim;
char shuffled[1024][16];

std::map<std::string, Kernel> &kernels() {
    static auto *const all = new std::map<std::string, Kernel>;
    return *all;
}

namespace {

enum Status { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, NOT_FOUND = 500, LAUNCH_FAILED = 719 };

long setting(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

/// Fill byte of new allocations: as floats they hold NaN, so that reading uninitialised memory does not go unnoticed.
constexpr int UNINITIALISED = 0xFF;

struct Card {
    std::recursive_mutex lock;
    const size_t memory = size_t(setting("CARD_MEMORY", 8192)) << 20;
    const bool is_idle = setting("CARD_IDLE", 0) != 0;
    long launches_left = setting("CARD_LAUNCHES", -1);
    long allocations_left = setting("CARD_ALLOCATIONS", -1);
    bool is_lost = false;
    std::map<uint64_t, size_t> allocations;
    size_t taken = 0, most_taken = 0;
    /// Bytes freed in stream order, which the driver keeps in its pool until the stream is synchronised.
    size_t pooled = 0;
    // Counts since the start.
    size_t launches = 0, products = 0, rounded_products = 0, convolutions = 0, waits = 0;
    // Elements of elementwise kernels that were contiguous, and those whose addresses were computed from strides.
    size_t in_order = 0, out_of_order = 0;
    size_t sent = 0, sent_bytes = 0, fetched = 0, fetched_bytes = 0;

    ~Card() {
        const char *path = getenv("CARD_REPORT");
        FILE *file = path ? fopen(path, "a") : nullptr;
        if (!file) return;
        fprintf(file,
                "{\"kernels\": %zu, \"products\": %zu, \"rounded_products\": %zu, \"convolutions\": %zu, \"sent\": %zu, \"sent_bytes\": %zu, "
                "\"fetched\": %zu, \"fetched_bytes\": %zu, \"waits\": %zu, \"in_order\": %zu, \"out_of_order\": %zu, "
                "\"most_memory\": %zu}\n",
                launches, products, rounded_products, convolutions, sent, sent_bytes, fetched, fetched_bytes, waits, in_order, out_of_order,
                most_taken);
        fclose(file);
    }

    /// The result of every call except opening and closing once the GPU is lost.
    Status state() const { return is_lost ? LAUNCH_FAILED : SUCCESS; }

    /// Counts a launch, or loses the GPU if no launches are left.
    Status begin(size_t &count) {
        if (launches_left == 0) is_lost = true;
        if (is_lost) return LAUNCH_FAILED;
        if (launches_left > 0) --launches_left;
        ++count;
        return SUCCESS;
    }

    Status allocate(uint64_t *address, size_t bytes) {
        if (is_lost) return LAUNCH_FAILED;
        // The driver allocates in units of 512 bytes.
        size_t room = (bytes + 511) / 512 * 512;
        if (bytes == 0) return INVALID_VALUE;
        if (allocations_left == 0 || taken + room > memory) return OUT_OF_MEMORY;
        pooled -= min(pooled, room);
        if (allocations_left > 0) --allocations_left;
        void *start = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (start == MAP_FAILED) return OUT_OF_MEMORY;
        if (!is_idle) memset(start, UNINITIALISED, room);
        *address = reinterpret_cast<uint64_t>(start);
        allocations[*address] = room;
        taken += room;
        pooled = min(pooled, memory - taken);
        most_taken = max(most_taken, taken);
        return SUCCESS;
    }

    Status wait() {
        ++waits;
        pooled = 0;
        return state();
    }

    Status free(uint64_t address, bool for_later) {
        auto found = allocations.find(address);
        if (found == allocations.end()) return INVALID_VALUE;
        munmap(reinterpret_cast<void *>(address), found->second);
        taken -= found->second;
        if (for_later) pooled += found->second;
        allocations.erase(found);
        return state();
    }

    /// Whether the whole range lies in one allocation.
    bool holds(uint64_t address, size_t bytes) const {
        auto after = allocations.upper_bound(address);
        if (after == allocations.begin()) return false;
        auto [start, room] = *std::prev(after);
        return address + bytes <= start + room;
    }
};

Card &card() {
    // On the heap, so that it is not destroyed before the program's last use; `atexit` writes the report.
    static Card *card = [] {
        auto *made = new Card;
        atexit([] { ::card().~Card(); });
        return made;
    }();
    return *card;
}

// The threads of a block take turns, each running from one `__syncthreads` to the next.
constexpr size_t STACK = 64 << 10;
std::vector<char> stacks;
std::vector<ucontext_t> threads;
std::vector<bool> is_done;
ucontext_t scheduler;
unsigned current;
const Kernel *running;
void **running_arguments;

void thread_main() {
    running->call(running_arguments);
    is_done[current] = true;
}

void run_block_in_turns() {
    unsigned count = blockDim.x;
    if (stacks.size() < count * STACK) stacks.resize(count * STACK);
    threads.resize(count);
    is_done.assign(count, false);
    for (unsigned thread = 0; thread < count; ++thread) {
        getcontext(&threads[thread]);
        threads[thread].uc_stack.ss_sp = &stacks[thread * STACK];
        threads[thread].uc_stack.ss_size = STACK;
        threads[thread].uc_link = &scheduler;
        makecontext(&threads[thread], thread_main, 0);
    }
    for (bool all_done = false; !all_done;) {
        all_done = true;
        for (unsigned thread = 0; thread < count; ++thread) {
            if (is_done[thread]) continue;
            current = thread;
            threadIdx = {thread, 0, 0};
            swapcontext(&scheduler, &threads[thread]);
            all_done = all_done && is_done[thread];
        }
    }
}

} // namespace

void __syncthreads() {
    unsigned own = current;
    swapcontext(&threads[own], &scheduler);
    threadIdx = {own, 0, 0};
}

#define EXPORT extern "C" __attribute__((visibility("default")))
#define LOCKED std::lock_guard<std::recursive_mutex> guard(card().lock)

using Address = uint64_t;
static char handle_memory[16];
static void *const HANDLE = handle_memory;

// --- The driver -----------------------------------------------------------------------------------------------------

EXPORT int cuInit(unsigned) {
    long error = setting("CARD_ERROR", 0);
    if (error) return int(error);
    return setting("CARD_COUNT", 1) == 0 ? NO_DEVICE : SUCCESS;
}
EXPORT int cuDriverGetVersion(int *version) { *version = 13000; return SUCCESS; }
EXPORT int cuDeviceGetCount(int *count) { *count = int(setting("CARD_COUNT", 1)); return SUCCESS; }
EXPORT int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return SUCCESS; }
EXPORT int cuDeviceGetName(char *name, int length, int) { snprintf(name, size_t(length), "Simulated GPU"); return SUCCESS; }
EXPORT int cuDeviceTotalMem_v2(size_t *bytes, int) { *bytes = card().memory; return SUCCESS; }
EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
    switch (attribute) {
    case 1: *value = 1024; break;     // threads per block
    case 10: *value = 32; break;      // warp size
    case 13: *value = 1500000; break; // clock
    case 16: *value = 40; break;      // multiprocessors
    case 75: *value = 8; break;       // compute capability
    case 76: *value = 0; break;
    case 115: *value = 1; break; // memory pools
    default: *value = 0;
    }
    return SUCCESS;
}
EXPORT int cuDevicePrimaryCtxRetain(void **context, int) { *context = HANDLE; return card().state(); }
EXPORT int cuDevicePrimaryCtxRelease_v2(int) { return card().state(); }
EXPORT int cuCtxGetCurrent(void **context) { *context = HANDLE; return card().state(); }
EXPORT int cuCtxSetCurrent(void *) { return card().state(); }
EXPORT int cuCtxSynchronize() { LOCKED; return card().wait(); }
EXPORT int cuMemGetInfo_v2(size_t *free, size_t *total) {
    LOCKED;
    *total = card().memory;
    *free = card().memory - card().taken - card().pooled;
    return card().state();
}
EXPORT int cuGetErrorName(int error, const char **name) {
    switch (error) {
    case OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case NO_DEVICE: *name = "CUDA_ERROR_NO_DEVICE"; break;
    case NOT_FOUND: *name = "CUDA_ERROR_NOT_FOUND"; break;
    case LAUNCH_FAILED: *name = "CUDA_ERROR_LAUNCH_FAILED"; break;
    case 803: *name = "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"; break;
    default: *name = "CUDA_ERROR";
    }
    return SUCCESS;
}
EXPORT int cuGetErrorString(int error, const char **text) {
    switch (error) {
    case OUT_OF_MEMORY: *text = "out of memory"; break;
    case NO_DEVICE: *text = "no CUDA-capable device is detected"; break;
    case 803: *text = "system has unsupported display driver / cuda driver combination"; break;
    case LAUNCH_FAILED: *text = "unspecified launch failure"; break;
    default: *text = "an error requested with CARD_ERROR";
    }
    return SUCCESS;
}
EXPORT int cuStreamCreate(void **stream, unsigned) { *stream = HANDLE; return card().state(); }
EXPORT int cuStreamDestroy_v2(void *) { return card().state(); }
EXPORT int cuStreamSynchronize(void *) { LOCKED; return card().wait(); }
EXPORT int cuStreamIsCapturing(void *, int *is_capturing) { *is_capturing = 0; return card().state(); }
EXPORT int cuStreamWaitEvent(void *, void *, unsigned) { return card().state(); }
EXPORT int cuEventCreate(void **event, unsigned) { *event = HANDLE; return card().state(); }
EXPORT int cuEventRecord(void *, void *) { return card().state(); }
EXPORT int cuEventQuery(void *) { return card().state(); }
EXPORT int cuEventSynchronize(void *) { return card().state(); }
EXPORT int cuEventDestroy_v2(void *) { return card().state(); }

EXPORT int cuMemAlloc_v2(Address *address, size_t bytes) { LOCKED; return card().allocate(address, bytes); }
EXPORT int cuMemAllocAsync(Address *address, size_t bytes, void *) { LOCKED; return card().allocate(address, bytes); }
EXPORT int cuMemFree_v2(Address address) { LOCKED; return card().free(address, false); }
EXPORT int cuMemFreeAsync(Address address, void *) { LOCKED; return card().free(address, true); }
EXPORT int cuMemsetD8Async(Address address, unsigned char value, size_t bytes, void *) {
    LOCKED;
    if (card().is_lost) return LAUNCH_FAILED;
    if (!card().holds(address, bytes)) return INVALID_VALUE;
    if (!card().is_idle) memset(reinterpret_cast<void *>(address), value, bytes);
    return SUCCESS;
}
EXPORT int cuMemcpyHtoDAsync_v2(Address target, const void *source, size_t bytes, void *) {
    LOCKED;
    if (card().is_lost) return LAUNCH_FAILED;
    if (!card().holds(target, bytes)) return INVALID_VALUE;
    memcpy(reinterpret_cast<void *>(target), source, bytes);
    ++card().sent;
    card().sent_bytes += bytes;
    return SUCCESS;
}
EXPORT int cuMemcpyDtoHAsync_v2(void *target, Address source, size_t bytes, void *) {
    LOCKED;
    if (card().is_lost) return LAUNCH_FAILED;
    if (!card().holds(source, bytes)) return INVALID_VALUE;
    memcpy(target, reinterpret_cast<void *>(source), bytes);
    ++card().fetched;
    card().fetched_bytes += bytes;
    return SUCCESS;
}
EXPORT int cuMemcpyDtoDAsync_v2(Address target, Address source, size_t bytes, void *) {
    LOCKED;
    if (card().is_lost) return LAUNCH_FAILED;
    if (!card().holds(target, bytes) || !card().holds(source, bytes)) return INVALID_VALUE;
    if (!card().is_idle) memmove(reinterpret_cast<void *>(target), reinterpret_cast<void *>(source), bytes);
    return SUCCESS;
}

EXPORT int cuModuleLoadData(void **module, const void *) { *module = HANDLE; return card().state(); }
EXPORT int cuModuleUnload(void *) { return card().state(); }
EXPORT int cuModuleGetFunction(void **function, void *, const char *name) {
    LOCKED;
    auto kernel = kernels().find(name);
    if (kernel == kernels().end()) {
        fprintf(stderr, "the simulated GPU has no kernel %s\n", name);
        return NOT_FOUND;
    }
    for (const char *beginning : {"u", "b", "affine", "cast"})
        kernel->second.is_elementwise = kernel->second.is_elementwise || kernel->first.starts_with(beginning);
    *function = &kernel->second;
    return card().state();
}
EXPORT int cuLaunchKernel(const Kernel *kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                          unsigned block_y, unsigned block_z, unsigned, void *, void **arguments, void **) {
    LOCKED;
    Status status = card().begin(card().launches);
    if (kernel->is_elementwise) {
        bool is_in_order = *static_cast<void **>(arguments[2]) == nullptr;
        (is_in_order ? card().in_order : card().out_of_order) += *static_cast<size_t *>(arguments[0]);
    }
    if (status || card().is_idle) return status;
    if (block_y != 1 || block_z != 1 || grid_y > 65535 || grid_z > 65535 || block_x > 1024 || block_x == 0 || grid_x == 0)
        return INVALID_VALUE;
    blockDim = {block_x, 1, 1};
    gridDim = {grid_x, grid_y, grid_z};
    running = kernel;
    running_arguments = arguments;
    for (unsigned z = 0; z < grid_z; ++z)
        for (unsigned y = 0; y < grid_y; ++y)
            for (unsigned x = 0; x < grid_x; ++x) {
                blockIdx = {x, y, z};
                if (kernel->waits) {
                    run_block_in_turns();
                    continue;
                }
                for (unsigned thread = 0; thread < block_x; ++thread) {
                    threadIdx = {thread, 0, 0};
                    kernel->call(arguments);
                }
            }
    return SUCCESS;
}

/// cuBLAS's compute type for products that may round their operands to TF32.
constexpr int FAST_TF32 = 77;

// --- cuBLAS ---------------------------------------------------------------------------------------------------------

EXPORT int cublasCreate_v2(void **handle) { *handle = HANDLE; return card().state(); }
EXPORT int cublasDestroy_v2(void *) { return 0; }
EXPORT int cublasSetStream_v2(void *, void *) { return 0; }
EXPORT int cublasSetPointerMode_v2(void *, int) { return 0; }
EXPORT int cublasGemmStridedBatchedEx(void *, int transpose_a, int transpose_b, int m, int n, int k, const void *alpha,
                                      const void *a, int, int lda, long long stride_a, const void *b, int, int ldb,
                                      long long stride_b, const void *beta, void *c, int, int ldc, long long stride_c,
                                      int count, int compute, int) {
    LOCKED;
    if (card().begin(card().products)) return 13;
    if (compute == FAST_TF32) ++card().rounded_products;
    auto operand = [](int transpose) { return transpose ? CblasTrans : CblasNoTrans; };
    // Column-major, as in Fortran.
    auto bytes = [](int columns, int step, int rows) { return (size_t(columns - 1) * size_t(step) + size_t(rows)) * 4; };
    for (long long index = 0; index < count; ++index) {
        auto *left = static_cast<const float *>(a) + index * stride_a;
        auto *right = static_cast<const float *>(b) + index * stride_b;
        auto *product = static_cast<float *>(c) + index * stride_c;
        bool fits = card().holds(Address(left), transpose_a ? bytes(m, lda, k) : bytes(k, lda, m)) &&
                    card().holds(Address(right), transpose_b ? bytes(k, ldb, n) : bytes(n, ldb, k)) &&
                    card().holds(Address(product), bytes(n, ldc, m));
        if (!fits) return 7;
        if (card().is_idle) continue;
        float scale = *static_cast<const float *>(alpha), keep = *static_cast<const float *>(beta);
        cblas_sgemm(CblasColMajor, operand(transpose_a), operand(transpose_b), m, n, k, scale, left, lda, right, ldb, keep,
                    product, ldc);
    }
    return 0;
}

// --- cuRAND: candle creates a generator for each device, but it is never used ----------------------------------------

EXPORT int curandCreateGenerator(void **generator, int) { *generator = HANDLE; return 0; }
EXPORT int curandSetPseudoRandomGeneratorSeed(void *, unsigned long long) { return 0; }
EXPORT int curandSetStream(void *, void *) { return 0; }
EXPORT int curandDestroyGenerator(void *) { return 0; }

// --- cuDNN ----------------------------------------------------------------------------------------------------------

struct Description {
    int sizes[4], steps[4], padding[2];
};

template <typename T> static T *describe(void *description) { return static_cast<T *>(description); }
static int make(void **description) { *description = new Description{}; return 0; }
static int unmake(void *description) { delete describe<Description>(description); return 0; }

EXPORT int cudnnCreate(void **handle) { *handle = HANDLE; return card().state(); }
EXPORT int cudnnDestroy(void *) { return 0; }
EXPORT int cudnnSetStream(void *, void *) { return 0; }
EXPORT int cudnnCreateTensorDescriptor(void **description) { return make(description); }
EXPORT int cudnnDestroyTensorDescriptor(void *description) { return unmake(description); }
EXPORT int cudnnCreateFilterDescriptor(void **description) { return make(description); }
EXPORT int cudnnDestroyFilterDescriptor(void *description) { return unmake(description); }
EXPORT int cudnnCreateConvolutionDescriptor(void **description) { return make(description); }
EXPORT int cudnnDestroyConvolutionDescriptor(void *description) { return unmake(description); }
EXPORT int cudnnSetTensor4dDescriptorEx(void *tensor, int, int n, int c, int h, int w, int step_n, int step_c, int step_h,
                                        int step_w) {
    *describe<Description>(tensor) = {{n, c, h, w}, {step_n, step_c, step_h, step_w}, {}};
    return 0;
}
EXPORT int cudnnSetTensor4dDescriptor(void *tensor, int, int type, int n, int c, int h, int w) {
    return cudnnSetTensor4dDescriptorEx(tensor, type, n, c, h, w, c * h * w, h * w, w, 1);
}
EXPORT int cudnnSetFilter4dDescriptor(void *filter, int type, int, int k, int c, int h, int w) {
    return cudnnSetTensor4dDescriptorEx(filter, type, k, c, h, w, c * h * w, h * w, w, 1);
}
EXPORT int cudnnSetConvolution2dDescriptor(void *convolution, int pad_h, int pad_w, int step_h, int step_w, int wide_h,
                                           int wide_w, int, int) {
    if (step_h != 1 || step_w != 1 || wide_h != 1 || wide_w != 1) return 9;
    describe<Description>(convolution)->padding[0] = pad_h;
    describe<Description>(convolution)->padding[1] = pad_w;
    return 0;
}
EXPORT int cudnnSetConvolutionMathType(void *, int) { return 0; }
EXPORT int cudnnSetConvolutionGroupCount(void *, int) { return 0; }
struct Performance {
    int algorithm, status;
    float time;
    size_t memory;
    int is_deterministic, math, reserved[3];
};
EXPORT int cudnnGetConvolutionForwardAlgorithmMaxCount(void *, int *count) { *count = 1; return 0; }
EXPORT int cudnnGetConvolutionForwardAlgorithm_v7(void *, void *, void *, void *, void *, int, int *count, Performance *found) {
    *count = 1;
    *found = {1, 0, 0, 1 << 20, 1, 0, {}};
    return 0;
}
EXPORT int cudnnGetConvolutionForwardWorkspaceSize(void *, void *, void *, void *, void *, int, size_t *bytes) {
    *bytes = 1 << 20;
    return 0;
}
EXPORT int cudnnConvolutionForward(void *, const void *alpha, const Description *input, const float *numbers,
                                   const Description *filter, const float *weights, const Description *convolution, int,
                                   void *, size_t, const void *beta, const Description *output, float *sums) {
    LOCKED;
    if (card().begin(card().convolutions)) return 8;
    auto [images, channels, height, width] = input->sizes;
    int outputs = filter->sizes[0], tall = filter->sizes[2], wide = filter->sizes[3];
    int rows = height + 2 * convolution->padding[0] - tall + 1, columns = width + 2 * convolution->padding[1] - wide + 1;
    size_t last = 0;
    for (int side = 0; side < 4; ++side) last += size_t(input->sizes[side] - 1) * size_t(input->steps[side]);
    bool fits = images == 1 && *static_cast<const float *>(alpha) == 1 && *static_cast<const float *>(beta) == 0 &&
                output->sizes[2] == rows && output->sizes[3] == columns && output->sizes[1] == outputs &&
                card().holds(Address(numbers), (last + 1) * 4) &&
                card().holds(Address(sums), size_t(outputs) * size_t(rows) * size_t(columns) * 4) &&
                card().holds(Address(weights), size_t(outputs) * size_t(channels * tall * wide) * 4);
    if (!fits) return 9;
    if (card().is_idle) return 0;
    size_t positions = size_t(rows) * size_t(columns);
    std::vector<float> unfolded(size_t(channels * tall * wide) * positions);
    float *next = unfolded.data();
    for (int channel = 0; channel < channels; ++channel)
        for (int down = 0; down < tall; ++down)
            for (int right = 0; right < wide; ++right)
                for (int row = 0; row < rows; ++row)
                    for (int column = 0; column < columns; ++column) {
                        int y = row + down - convolution->padding[0], x = column + right - convolution->padding[1];
                        bool is_inside = y >= 0 && y < height && x >= 0 && x < width;
                        *next++ = is_inside ? numbers[long(channel) * input->steps[1] + long(y) * input->steps[2] +
                                                      long(x) * input->steps[3]]
                                            : 0;
                    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, outputs, int(positions), channels * tall * wide, 1, weights,
                channels * tall * wide, unfolded.data(), int(positions), 0, sums, int(positions));
    return 0;
}
