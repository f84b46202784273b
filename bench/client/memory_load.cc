#include "bench/client/memory_load.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bench/client/metrics.h"
#include "interop/client/process_memory.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

using Stub = testing::TestService::Stub;

// A stream that waits for the next message of either side. The destructor
// cancels it.
class IdleStream {
 public:
  static absl::StatusOr<std::unique_ptr<IdleStream>> Open(Stub* stub) {
    auto stream = std::unique_ptr<IdleStream>(new IdleStream(stub));
    testing::StreamingOutputCallRequest request;
    request.add_response_parameters()->set_size(0);
    testing::StreamingOutputCallResponse response;
    if (!stream->call_->Write(request) || !stream->call_->Read(&response)) {
      return absl::InternalError("a stream could not be opened");
    }
    return stream;
  }

  ~IdleStream() {
    context_.TryCancel();
    call_->Finish().IgnoreError();
  }

 private:
  explicit IdleStream(Stub* stub) : call_(stub->FullDuplexCall(&context_)) {}

  grpc::ClientContext context_;
  const std::unique_ptr<
      grpc::ClientReaderWriter<testing::StreamingOutputCallRequest,
                               testing::StreamingOutputCallResponse>>
      call_;
};

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenConnection(
    const interop::ChannelConfig& config) {
  auto channel = interop::MakeChannel(config);
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

// Opens `warm_up`, then `count` more: heap bytes for each of these.
template <typename Open>
absl::StatusOr<double> HeapBytesOfEach(int warm_up, int count, Open open) {
  std::vector<typename decltype(open())::value_type> opened;
  opened.reserve(static_cast<size_t>(warm_up + count));
  double before = 0;
  for (int i = 0; i < warm_up + count; ++i) {
    if (i == warm_up) before = interop::HeapBytes();
    auto one = open();
    if (!one.ok()) return one.status();
    opened.push_back(*std::move(one));
  }
  return (interop::HeapBytes() - before) / count;
}

}  // namespace

absl::StatusOr<Measurement> RunMemoryLoad(const interop::ChannelConfig& config,
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

}  // namespace bench
}  // namespace loopy
