#ifndef LOOPY_BENCH_CLIENT_UPLOAD_LOAD_H_
#define LOOPY_BENCH_CLIENT_UPLOAD_LOAD_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/report.pb.h"

namespace loopy {
namespace bench {

struct UploadLoadOptions {
  int message_bytes = 64 << 10;
  absl::Duration warm_up;
  absl::Duration measured;
};

// Sends messages on one stream as fast as it takes them, until the server has
// said that it has them all: MB/s, and CPU of this process for a MB (10^6
// bytes). What counts is what has arrived, not what was accepted.
absl::StatusOr<Measurement> RunUploadLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const UploadLoadOptions& options);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_CLIENT_UPLOAD_LOAD_H_
