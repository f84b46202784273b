#ifndef LOOPY_BENCH_CLIENT_CONNECT_LOAD_H_
#define LOOPY_BENCH_CLIENT_CONNECT_LOAD_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/report.pb.h"
#include "interop/client/channel_factory.h"

namespace loopy {
namespace bench {

struct ConnectLoadOptions {
  // It ends after so many connections, each of which uses up a local port, or
  // so much time.
  int connections = 400;
  absl::Duration measured;
};

// Again and again: a channel is created, makes its first call over a new
// connection, and is destroyed. Latencies from the creation to the end of the
// call; CPU of this process for all of it.
absl::StatusOr<Measurement> RunConnectLoad(const interop::ChannelConfig& config,
                                           const ConnectLoadOptions& options);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_CLIENT_CONNECT_LOAD_H_
