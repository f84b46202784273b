#ifndef LOOPY_BENCH_CLIENT_MEMORY_LOAD_H_
#define LOOPY_BENCH_CLIENT_MEMORY_LOAD_H_

#include "absl/status/statusor.h"
#include "bench/report.pb.h"
#include "interop/client/channel_factory.h"

namespace loopy {
namespace bench {

struct MemoryLoadOptions {
  int streams = 1000;
  int connections = 100;
};

// Heap bytes of this process for an idle stream (a bidirectional one that has
// carried an empty message each way, on one connection) and for an idle
// connection (with its channel, after one unary call). The stub's own objects
// are included.
absl::StatusOr<Measurement> RunMemoryLoad(const interop::ChannelConfig& config,
                                          const MemoryLoadOptions& options);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_CLIENT_MEMORY_LOAD_H_
