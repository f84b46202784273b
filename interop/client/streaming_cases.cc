#include "interop/client/streaming_cases.h"

#include <grpcpp/client_context.h>

#include <cstddef>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "interop/client/expect.h"
#include "interop/client/payloads.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

constexpr size_t kRequestSizes[] = {27182, 8, 1828, 45904};
constexpr size_t kResponseSizes[] = {31415, 9, 2653, 58979};
constexpr int kAggregatedSize = 74922;

}  // namespace

absl::Status ClientStreaming(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  StreamingInputCallResponse response;
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->StreamingInputCall(&context, &response);
  bool written = true;
  for (const size_t size : kRequestSizes) {
    StreamingInputCallRequest request;
    SetZeros(size, &request);
    written = written && stream->Write(request);
  }
  written = stream->WritesDone() && written;
  LOOPY_RETURN_IF_ERROR(ExpectOk(stream->Finish(), "the call"));
  LOOPY_RETURN_IF_ERROR(Expect(written, "every write succeeded"));
  return Expect(
      response.aggregated_payload_size() == kAggregatedSize,
      absl::StrCat("the server counted ", kAggregatedSize,
                   " bytes; it counted ", response.aggregated_payload_size()));
}

absl::Status ServerStreaming(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  StreamingOutputCallRequest request;
  for (const size_t size : kResponseSizes) {
    request.add_response_parameters()->set_size(static_cast<int32_t>(size));
  }
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->StreamingOutputCall(&context, request);
  size_t count = 0;
  absl::Status first_error;
  StreamingOutputCallResponse response;
  while (stream->Read(&response)) {
    if (count < std::size(kResponseSizes)) {
      first_error.Update(ExpectZeros(response.payload().body(),
                                     kResponseSizes[count],
                                     absl::StrCat("response ", count + 1)));
    }
    ++count;
  }
  LOOPY_RETURN_IF_ERROR(ExpectOk(stream->Finish(), "the call"));
  LOOPY_RETURN_IF_ERROR(first_error);
  return Expect(
      count == std::size(kResponseSizes),
      absl::StrCat("there are exactly four responses; there are ", count));
}

absl::Status PingPong(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->FullDuplexCall(&context);
  StreamingOutputCallResponse response;
  for (size_t i = 0; i < std::size(kRequestSizes); ++i) {
    const std::string what = absl::StrCat("message ", i + 1);
    if (!stream->Write(StreamingRequest(kResponseSizes[i], kRequestSizes[i])) ||
        !stream->Read(&response)) {
      context.TryCancel();
      return ExpectOk(stream->Finish(), absl::StrCat("the call, at ", what));
    }
    const absl::Status zeros =
        ExpectZeros(response.payload().body(), kResponseSizes[i], what);
    if (!zeros.ok()) {
      context.TryCancel();
      stream->Finish();
      return zeros;
    }
  }
  const bool done = stream->WritesDone();
  const bool more = stream->Read(&response);
  if (more) context.TryCancel();
  const grpc::Status status = stream->Finish();
  LOOPY_RETURN_IF_ERROR(Expect(!more, "there are exactly four responses"));
  LOOPY_RETURN_IF_ERROR(ExpectOk(status, "the call"));
  return Expect(done, "the half-close succeeded");
}

absl::Status EmptyStream(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->FullDuplexCall(&context);
  stream->WritesDone();
  StreamingOutputCallResponse response;
  const bool any = stream->Read(&response);
  if (any) context.TryCancel();
  const grpc::Status status = stream->Finish();
  LOOPY_RETURN_IF_ERROR(Expect(!any, "there are exactly zero responses"));
  return ExpectOk(status, "the call");
}

}  // namespace interop
}  // namespace loopy
