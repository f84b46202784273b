#ifndef LOOPY_BENCH_CLIENT_METRICS_H_
#define LOOPY_BENCH_CLIENT_METRICS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "bench/report.pb.h"

namespace loopy {
namespace bench {

enum class Better { kHigher, kLower };

void AddMetric(absl::string_view name, absl::string_view unit, Better better,
               double value, Measurement* out);

// Adds p50 and p99. Does nothing if there are no latencies.
void AddLatencies(std::vector<double> microseconds, Measurement* out);

// Returns the CPU time, in user and in kernel mode, that all threads of this
// process have used so far. Thread-safe.
double CpuMicroseconds();

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_CLIENT_METRICS_H_
