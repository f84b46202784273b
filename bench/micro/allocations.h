#ifndef LOOPY_BENCH_MICRO_ALLOCATIONS_H_
#define LOOPY_BENCH_MICRO_ALLOCATIONS_H_

#include <benchmark/benchmark.h>

#include <cstdint>

namespace loopy {
namespace bench {

// Returns how often this process has called malloc, calloc and realloc so far.
// It is 0 under a sanitizer, which has an allocator of its own. Thread-safe.
int64_t Allocations();

// Reports the allocations of an iteration as the counter "allocs".
//
//   AllocationCounter counter(&state);
//   for (auto _ : state) { ... }
//
// The object lives in the benchmark's body.
class AllocationCounter {
 public:
  explicit AllocationCounter(benchmark::State* state)
      : state_(state), before_(Allocations()) {}
  ~AllocationCounter() {
    state_->counters["allocs"] =
        benchmark::Counter(static_cast<double>(Allocations() - before_),
                           benchmark::Counter::kAvgIterations);
  }
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

 private:
  benchmark::State* const state_;
  const int64_t before_;
};

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_MICRO_ALLOCATIONS_H_
