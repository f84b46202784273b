#ifndef LOOPY_BENCH_SIDE_BY_SIDE_H_
#define LOOPY_BENCH_SIDE_BY_SIDE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/report.pb.h"
#include "bench/workload.h"

namespace loopy {
namespace bench {

// A client to compare with: a client program of another gRPC, or another
// transport of this one.
struct Guest {
  std::string name;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
};

struct SideBySideOptions {
  // The program that runs one workload once.
  std::string client;
  int repetitions = 5;
  absl::Duration measured;
  // chttp2 on both sides.
  bool self_check = false;
  std::vector<Guest> guests;
};

// Where the workloads' calls go.
struct ServerAddress {
  std::string name;    // "cpp" or "go"
  std::string target;  // host:port
};

// Runs a workload on both transports in turns, each run a process of its own
// (so that its CPU time and heap are of nothing else), loopy first in every
// other repetition, then the guests: a row for each metric. Threads: one.
absl::StatusOr<std::vector<Row>> RunSideBySide(const SideBySideOptions& options,
                                               const ServerAddress& server,
                                               const Workload& workload);

// The row of one metric, from its samples; there are as many of the one as of
// the other, and at least one.
Row MakeRow(const Metric& metric, const std::vector<double>& loopy_samples,
            const std::vector<double>& chttp2_samples);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_SIDE_BY_SIDE_H_
