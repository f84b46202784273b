#ifndef LOOPY_BENCH_CLIENT_UNARY_LOAD_H_
#define LOOPY_BENCH_CLIENT_UNARY_LOAD_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/report.pb.h"

namespace loopy {
namespace bench {

struct UnaryLoadOptions {
  int in_flight = 1;
  // Of the request's and of the response's payload.
  int payload_bytes = 10;
  absl::Duration warm_up;
  absl::Duration measured;
};

// Keeps so many unary calls in flight on one connection, by one thread and one
// completion queue: rate, latencies, CPU of this process for a call. Fails with
// the first call that does.
absl::StatusOr<Measurement> RunUnaryLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const UnaryLoadOptions& options);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_CLIENT_UNARY_LOAD_H_
