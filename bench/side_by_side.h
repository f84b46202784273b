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

// A client to compare: a transport of this gRPC, or a client program of another
// release.
struct Client {
  std::string name;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
};

struct SideBySideOptions {
  // This program runs one workload once.
  std::string client;
  int repetitions = 5;
  absl::Duration measured;
  // Runs chttp2 on both sides.
  bool self_check = false;
  // These clients run beside loopy and chttp2.
  std::vector<Client> others;
};

// The server to which the workloads' calls go.
struct ServerAddress {
  std::string name;    // "cpp" or "go"
  std::string target;  // host:port
};

// Runs a workload on both transports in turns, with loopy first in every other
// repetition, and then on the other clients. Each run is a process of its own,
// so that its CPU time and heap are of nothing else. Returns a row for each
// metric.
absl::StatusOr<std::vector<Row>> RunSideBySide(const SideBySideOptions& options,
                                               const ServerAddress& server,
                                               const Workload& workload);

// Makes the row of a metric. Both transports have the same number of samples,
// at least one.
Row MakeRow(const Metric& metric, const std::vector<double>& loopy_samples,
            const std::vector<double>& chttp2_samples);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_SIDE_BY_SIDE_H_
