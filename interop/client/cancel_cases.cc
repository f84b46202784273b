#include "interop/client/cancel_cases.h"

#include <grpcpp/client_context.h>

#include <chrono>

#include "interop/client/expect.h"
#include "interop/client/payloads.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

}  // namespace

absl::Status CancelAfterBegin(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  StreamingInputCallResponse response;
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->StreamingInputCall(&context, &response);
  context.TryCancel();
  return ExpectCode(stream->Finish(), grpc::StatusCode::CANCELLED, "the call");
}

absl::Status CancelAfterFirstResponse(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->FullDuplexCall(&context);
  constexpr size_t kResponseSize = 31415;
  constexpr size_t kRequestSize = 27182;
  StreamingOutputCallResponse response;
  const bool answered =
      stream->Write(StreamingRequest(kResponseSize, kRequestSize)) &&
      stream->Read(&response);
  context.TryCancel();
  const grpc::Status status = stream->Finish();
  LOOPY_RETURN_IF_ERROR(
      ExpectCode(status, grpc::StatusCode::CANCELLED, "the call"));
  LOOPY_RETURN_IF_ERROR(Expect(answered, "a response came first"));
  return ExpectZeros(response.payload().body(), kResponseSize, "the response");
}

absl::Status TimeoutOnSleepingServer(const TestContext& test) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(1));
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->FullDuplexCall(&context);
  StreamingOutputCallRequest request;
  SetZeros(27182, &request);
  stream->Write(request);  // may be too late already
  return ExpectCode(stream->Finish(), grpc::StatusCode::DEADLINE_EXCEEDED,
                    "the call");
}

}  // namespace interop
}  // namespace loopy
