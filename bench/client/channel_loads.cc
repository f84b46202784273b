#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/client/loads.h"
#include "bench/client/metrics.h"
#include "bench/report.pb.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/process_memory.h"

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

constexpr int kWarmUpConnections = 20;

// Returns the microseconds until the first call on a new channel has ended.
absl::StatusOr<double> ConnectOnce(const ChannelConfig& config) {
  const absl::Time begin = absl::Now();
  const auto channel = MakeChannel(config);
  if (!channel.ok()) return channel.status();
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(absl::ToChronoTime(begin + absl::Seconds(30)));
  testing::SimpleRequest request;
  testing::SimpleResponse response;
  const grpc::Status status =
      testing::TestService::NewStub(*channel)->UnaryCall(&context, request,
                                                         &response);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("a first call failed: ", status.error_message()));
  }
  return absl::ToDoubleMicroseconds(absl::Now() - begin);
}

using Stub = testing::TestService::Stub;

// A stream that carries a message each way and then waits. The destructor
// cancels it.
class IdleStream {
 public:
  explicit IdleStream(Stub* stub) : call_(stub->FullDuplexCall(&context_)) {
    testing::StreamingOutputCallRequest request;
    request.add_response_parameters()->set_size(0);
    call_->Write(request);
  }

  static absl::StatusOr<std::unique_ptr<IdleStream>> Open(Stub* stub) {
    auto stream = std::make_unique<IdleStream>(stub);
    const absl::Status open = stream->AwaitOpen();
    if (!open.ok()) return open;
    return stream;
  }

  // Waits for the server's message.
  absl::Status AwaitOpen() {
    testing::StreamingOutputCallResponse response;
    return call_->Read(&response)
               ? absl::OkStatus()
               : absl::InternalError("a stream could not be opened");
  }

  ~IdleStream() {
    context_.TryCancel();
    call_->Finish().IgnoreError();
  }

 private:
  grpc::ClientContext context_;
  const std::unique_ptr<
      grpc::ClientReaderWriter<testing::StreamingOutputCallRequest,
                               testing::StreamingOutputCallResponse>>
      call_;
};

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenConnection(
    const ChannelConfig& config) {
  auto channel = MakeChannel(config);
  if (!channel.ok()) return channel.status();
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  testing::SimpleRequest request;
  testing::SimpleResponse response;
  const grpc::Status status =
      testing::TestService::NewStub(*channel)->UnaryCall(&context, request,
                                                         &response);
  if (!status.ok()) return absl::InternalError(status.error_message());
  return channel;
}

// Opens `warm_up` of them, then `count` more. Returns the heap bytes for each
// of the latter.
template <typename Open>
absl::StatusOr<double> HeapBytesOfEach(int warm_up, int count, Open open) {
  std::vector<typename decltype(open())::value_type> opened;
  opened.reserve(static_cast<size_t>(warm_up + count));
  double before = 0;
  for (int i = 0; i < warm_up + count; ++i) {
    if (i == warm_up) before = HeapBytes();
    auto one = open();
    if (!one.ok()) return one.status();
    opened.push_back(*std::move(one));
  }
  return (HeapBytes() - before) / count;
}

}  // namespace

absl::StatusOr<Measurement> RunConnectLoad(const ChannelConfig& config,
                                           const ConnectLoadOptions& options) {
  // gRPC keeps its threads while a channel exists, even an idle one. Without
  // this one, starting them would be a large part of each connection.
  const auto idle = MakeChannel(config);
  if (!idle.ok()) return idle.status();
  for (int i = 0; i < kWarmUpConnections; ++i) {
    const auto latency = ConnectOnce(config);
    if (!latency.ok()) return latency.status();
  }
  std::vector<double> latencies;
  const absl::Time end = absl::Now() + options.measured;
  const double cpu = CpuMicroseconds();
  for (int i = 0; i < options.connections && absl::Now() < end; ++i) {
    const auto latency = ConnectOnce(config);
    if (!latency.ok()) return latency.status();
    latencies.push_back(*latency);
  }
  if (latencies.empty()) return absl::InternalError("no time to connect");
  const double used = CpuMicroseconds() - cpu;
  const auto connections = static_cast<double>(latencies.size());

  Measurement result;
  AddLatencies(std::move(latencies), &result);
  AddMetric("cpu", "us/connection", Better::kLower, used / connections,
            &result);
  return result;
}

absl::StatusOr<Measurement> RunMemoryLoad(const ChannelConfig& config,
                                          const MemoryLoadOptions& options) {
  const auto of_connection =
      HeapBytesOfEach(/*warm_up=*/10, options.connections,
                      [&config] { return OpenConnection(config); });
  if (!of_connection.ok()) return of_connection.status();

  const auto channel = OpenConnection(config);
  if (!channel.ok()) return channel.status();
  const auto stub = testing::TestService::NewStub(*channel);
  const auto of_stream =
      HeapBytesOfEach(/*warm_up=*/50, options.streams,
                      [&stub] { return IdleStream::Open(stub.get()); });
  if (!of_stream.ok()) return of_stream.status();

  Measurement result;
  AddMetric("stream", "bytes", Better::kLower, *of_stream, &result);
  AddMetric("connection", "bytes", Better::kLower, *of_connection, &result);
  return result;
}

absl::StatusOr<Measurement> RunOpenStreamsLoad(
    const ChannelConfig& config, int streams, const UnaryLoadOptions& options) {
  const auto channel = OpenConnection(config);
  if (!channel.ok()) return channel.status();
  const auto stub = testing::TestService::NewStub(*channel);
  const double before = HeapBytes();
  std::vector<std::unique_ptr<IdleStream>> opened;
  for (size_t waiting = 0; opened.size() < static_cast<size_t>(streams);) {
    opened.push_back(std::make_unique<IdleStream>(stub.get()));
    // Many open at a time, so that this does not take a round trip for each.
    if (opened.size() % 100 != 0 &&
        opened.size() < static_cast<size_t>(streams)) {
      continue;
    }
    for (; waiting < opened.size(); ++waiting) {
      const absl::Status open = opened[waiting]->AwaitOpen();
      if (!open.ok()) return open;
    }
  }
  const double of_stream = (HeapBytes() - before) / streams;
  auto result = RunUnaryLoad({*channel}, options);
  // With few streams, other memory of the connection counts.
  if (result.ok() && streams >= 1000) {
    AddMetric("heap", "bytes/stream", Better::kLower, of_stream, &*result);
  }
  return result;
}

absl::StatusOr<Measurement> RunManyChannelsLoad(
    const ChannelConfig& config, int connections,
    const UnaryLoadOptions& options) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < connections; ++i) {
    auto channel = OpenConnection(config);
    if (!channel.ok()) return channel.status();
    channels.push_back(*std::move(channel));
  }
  return RunUnaryLoad(channels, options);
}

}  // namespace bench
}  // namespace loopy
