#ifndef LOOPY_BENCH_CLIENT_PROCESS_COST_H_
#define LOOPY_BENCH_CLIENT_PROCESS_COST_H_

namespace loopy {
namespace bench {

// What this process has used so far, all its threads together.
//
//   const double before = CpuMicroseconds();
//   ...
//   const double used = CpuMicroseconds() - before;
//
// Threads: any.

// In user and in kernel mode.
double CpuMicroseconds();

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_CLIENT_PROCESS_COST_H_
