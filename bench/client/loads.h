#ifndef LOOPY_BENCH_CLIENT_LOADS_H_
#define LOOPY_BENCH_CLIENT_LOADS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/report.pb.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace bench {

// ---- call_loads.cc: calls from one completion queue

struct UnaryLoadOptions {
  int in_flight = 1;
  // The request's and the response's payload have this size.
  int payload_bytes = 10;
  absl::Duration warm_up;
  absl::Duration measured;
};

// Keeps `in_flight` unary calls in flight on the channels in turn, with one
// thread and one completion queue. Measures their rate, latencies, and the CPU
// time of this process for a call. Fails with the first call that fails.
absl::StatusOr<Measurement> RunUnaryLoad(
    const std::vector<std::shared_ptr<grpc::Channel>>& channels,
    const UnaryLoadOptions& options);

// ---- stream_loads.cc: blocking threads and streams on one channel

struct ThreadLoadOptions {
  // Each has a call of its own.
  int threads = 1;
  // A message's payload has this size.
  int payload_bytes = 10;
  absl::Duration warm_up;
  absl::Duration measured;
};

// These three measure a rate and the CPU time of this process for a unary call,
// for a message that the server streams, and for a message each way on a
// bidirectional stream. The first and the last also measure latencies.
absl::StatusOr<Measurement> RunUnaryThreadLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const ThreadLoadOptions& options);
absl::StatusOr<Measurement> RunServerStreamingLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const ThreadLoadOptions& options);
absl::StatusOr<Measurement> RunPingPongLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const ThreadLoadOptions& options);

struct UploadLoadOptions {
  int message_bytes = 64 << 10;
  absl::Duration warm_up;
  absl::Duration measured;
};

// Sends messages on one stream as fast as it takes them, until the server has
// confirmed them all. Measures MB/s, and the CPU time of this process for a MB
// (10^6 bytes). It counts what has arrived, not what was accepted.
absl::StatusOr<Measurement> RunUploadLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const UploadLoadOptions& options);

struct BesideUploadsOptions {
  int uploads = 1;
  int message_bytes = 1 << 20;
  UnaryLoadOptions calls;
};

// Makes unary calls beside uploads on one connection. Measures the calls'
// latencies, and the MB/s of all uploads from their begin until everything has
// arrived.
absl::StatusOr<Measurement> RunBesideUploadsLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const BesideUploadsOptions& options);

// ---- channel_loads.cc: channels, connections and idle streams

struct ConnectLoadOptions {
  // The load ends after this many connections, each of which uses up a local
  // port, or after the measured time.
  int connections = 400;
  absl::Duration measured;
};

// Creates a channel, makes its first call over a new connection and destroys
// the channel, again and again. Measures latencies from the creation to the end
// of the call, and the CPU time of this process for all of it.
absl::StatusOr<Measurement> RunConnectLoad(const ChannelConfig& config,
                                           const ConnectLoadOptions& options);

struct MemoryLoadOptions {
  int streams = 1000;
  int connections = 100;
};

// Measures this process's heap bytes for an idle stream (a bidirectional one
// that has carried an empty message each way, on one connection) and for an
// idle connection (with its channel, after one unary call). The stub's own
// objects are included.
absl::StatusOr<Measurement> RunMemoryLoad(const ChannelConfig& config,
                                          const MemoryLoadOptions& options);

// Makes unary calls while `streams` idle streams are open on the same
// connection. Measures as RunUnaryLoad, and the heap bytes for an idle stream
// if there are enough of them.
absl::StatusOr<Measurement> RunOpenStreamsLoad(const ChannelConfig& config,
                                               int streams,
                                               const UnaryLoadOptions& options);

// Makes unary calls over `connections` channels in turn, with a connection
// each. Measures as RunUnaryLoad.
absl::StatusOr<Measurement> RunManyChannelsLoad(
    const ChannelConfig& config, int connections,
    const UnaryLoadOptions& options);

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_CLIENT_LOADS_H_
