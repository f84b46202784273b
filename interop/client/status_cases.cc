#include "interop/client/status_cases.h"

#include <grpcpp/client_context.h>

#include "interop/client/expect.h"
#include "interop/client/payloads.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

constexpr char kMessage[] = "test status message";
constexpr char kSpecialMessage[] =
    "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP "
    "\U0001F608\t\n";

// Has the server end a unary call with that status.
grpc::Status EchoByUnaryCall(TestService::Stub* stub, grpc::StatusCode code,
                             const char* message) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  grpc::testing::SimpleRequest request;
  request.mutable_response_status()->set_code(code);
  request.mutable_response_status()->set_message(message);
  grpc::testing::SimpleResponse response;
  return stub->UnaryCall(&context, request, &response);
}

grpc::Status EchoByFullDuplexCall(TestService::Stub* stub,
                                  grpc::StatusCode code, const char* message) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  const auto stream = stub->FullDuplexCall(&context);
  StreamingOutputCallRequest request;
  request.mutable_response_status()->set_code(code);
  request.mutable_response_status()->set_message(message);
  stream->Write(request);
  stream->WritesDone();
  StreamingOutputCallResponse response;
  while (stream->Read(&response)) {
  }
  return stream->Finish();
}

}  // namespace

absl::Status StatusCodeAndMessage(const TestContext& test) {
  const auto stub = TestService::NewStub(test.channel);
  LOOPY_RETURN_IF_ERROR(ExpectStatus(
      EchoByUnaryCall(stub.get(), grpc::StatusCode::UNKNOWN, kMessage),
      grpc::StatusCode::UNKNOWN, kMessage, "the unary call"));
  return ExpectStatus(
      EchoByFullDuplexCall(stub.get(), grpc::StatusCode::UNKNOWN, kMessage),
      grpc::StatusCode::UNKNOWN, kMessage, "the stream");
}

absl::Status SpecialStatusMessage(const TestContext& test) {
  const auto stub = TestService::NewStub(test.channel);
  return ExpectStatus(
      EchoByUnaryCall(stub.get(), grpc::StatusCode::UNKNOWN, kSpecialMessage),
      grpc::StatusCode::UNKNOWN, kSpecialMessage, "the call");
}

absl::Status UnimplementedMethod(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  grpc::testing::Empty response;
  return ExpectCode(TestService::NewStub(test.channel)
                        ->UnimplementedCall(&context, {}, &response),
                    grpc::StatusCode::UNIMPLEMENTED, "the call");
}

absl::Status UnimplementedService(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  grpc::testing::Empty response;
  return ExpectCode(grpc::testing::UnimplementedService::NewStub(test.channel)
                        ->UnimplementedCall(&context, {}, &response),
                    grpc::StatusCode::UNIMPLEMENTED, "the call");
}

}  // namespace interop
}  // namespace loopy
