#ifndef LOOPY_BENCH_MICRO_ALLOCATIONS_H_
#define LOOPY_BENCH_MICRO_ALLOCATIONS_H_

#include <benchmark/benchmark.h>

#include <cstdint>

namespace loopy {
namespace bench {

// malloc, calloc and realloc of this process so far, whoever called them. 0
// under a sanitizer, which has an allocator of its own. Threads: any.
int64_t Allocations();

// Reports the allocations of an iteration as the counter "allocs".
//
//   AllocationCounter counter(&state);
//   for (auto _ : state) { ... }
//
// Lifetime: the benchmark's body. Threads: one.
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
