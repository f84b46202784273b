#include "bench/micro/allocations.h"

#include <atomic>
#include <cstddef>

#include "absl/base/config.h"

#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
#define LOOPY_BENCH_COUNTS_ALLOCATIONS 0
#else
#define LOOPY_BENCH_COUNTS_ALLOCATIONS 1
#endif

namespace {

std::atomic<int64_t> g_allocations{0};

}  // namespace

#if LOOPY_BENCH_COUNTS_ALLOCATIONS

// A malloc that the program defines takes the place of glibc's in every library
// that it loads. glibc exports its own under a second name.
extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);

void* malloc(size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(count, size);
}

void* realloc(void* block, size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(block, size);
}

}  // extern "C"

#endif

namespace loopy {
namespace bench {

int64_t Allocations() { return g_allocations.load(std::memory_order_relaxed); }

}  // namespace bench
}  // namespace loopy
