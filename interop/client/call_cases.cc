#include <grpcpp/client_context.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "interop/client/case_helpers.h"
#include "interop/client/interop_cases.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

// ---- unary calls

absl::Status EmptyUnary(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  const grpc::testing::Empty request;
  grpc::testing::Empty response;
  LOOPY_RETURN_IF_ERROR(ExpectOk(TestService::NewStub(test.channel)
                                     ->EmptyCall(&context, request, &response),
                                 "the call"));
  return Expect(response.ByteSizeLong() == 0, "the response is empty");
}

absl::Status LargeUnary(const TestContext& test) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  grpc::testing::SimpleResponse response;
  LOOPY_RETURN_IF_ERROR(
      ExpectOk(TestService::NewStub(test.channel)
                   ->UnaryCall(&context, LargeRequest(), &response),
               "the call"));
  return ExpectZeros(response.payload().body(), kLargeResponseSize,
                     "the response");
}

// ---- streams

constexpr size_t kRequestSizes[] = {27182, 8, 1828, 45904};
constexpr size_t kResponseSizes[] = {31415, 9, 2653, 58979};
constexpr int kAggregatedSize = 74922;

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

// ---- metadata

constexpr char kInitialKey[] = "x-grpc-test-echo-initial";
constexpr char kInitialValue[] = "test_initial_metadata_value";
constexpr char kTrailingKey[] = "x-grpc-test-echo-trailing-bin";
constexpr char kTrailingValue[] = "\xab\xab\xab";

void AddMetadata(grpc::ClientContext* context) {
  context->AddMetadata(kInitialKey, kInitialValue);
  context->AddMetadata(kTrailingKey, kTrailingValue);
}

absl::Status ExpectOnce(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata,
    const std::string& key, const std::string& value, absl::string_view where) {
  LOOPY_RETURN_IF_ERROR(
      Expect(metadata.count(key) == 1,
             absl::StrCat(key, " is once in ", where, "; it is there ",
                          metadata.count(key), " times")));
  return Expect(metadata.find(key)->second == value,
                absl::StrCat(key, " in ", where, " has the value sent"));
}

absl::Status ExpectEchoed(const grpc::ClientContext& context,
                          absl::string_view call) {
  LOOPY_RETURN_IF_ERROR(
      ExpectOnce(context.GetServerInitialMetadata(), kInitialKey, kInitialValue,
                 absl::StrCat("the initial metadata of ", call)));
  return ExpectOnce(context.GetServerTrailingMetadata(), kTrailingKey,
                    kTrailingValue,
                    absl::StrCat("the trailing metadata of ", call));
}

absl::Status UnaryCallWithMetadata(TestService::Stub* stub) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  AddMetadata(&context);
  grpc::testing::SimpleResponse response;
  LOOPY_RETURN_IF_ERROR(ExpectOk(
      stub->UnaryCall(&context, LargeRequest(), &response), "the unary call"));
  LOOPY_RETURN_IF_ERROR(ExpectZeros(response.payload().body(),
                                    kLargeResponseSize,
                                    "the unary call's response"));
  return ExpectEchoed(context, "the unary call");
}

absl::Status FullDuplexCallWithMetadata(TestService::Stub* stub) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  AddMetadata(&context);
  const auto stream = stub->FullDuplexCall(&context);
  stream->Write(StreamingRequest(kLargeResponseSize, kLargeRequestSize));
  stream->WritesDone();
  StreamingOutputCallResponse response;
  const bool answered = stream->Read(&response);
  StreamingOutputCallResponse surplus;
  const bool more = answered && stream->Read(&surplus);
  if (more) context.TryCancel();
  const grpc::Status status = stream->Finish();
  LOOPY_RETURN_IF_ERROR(Expect(!more, "the stream has one response"));
  LOOPY_RETURN_IF_ERROR(ExpectOk(status, "the stream"));
  LOOPY_RETURN_IF_ERROR(Expect(answered, "the stream has a response"));
  LOOPY_RETURN_IF_ERROR(ExpectZeros(
      response.payload().body(), kLargeResponseSize, "the stream's response"));
  return ExpectEchoed(context, "the stream");
}

absl::Status CustomMetadata(const TestContext& test) {
  const auto stub = TestService::NewStub(test.channel);
  LOOPY_RETURN_IF_ERROR(UnaryCallWithMetadata(stub.get()));
  return FullDuplexCallWithMetadata(stub.get());
}

// ---- statuses made by the server

constexpr char kMessage[] = "test status message";
constexpr char kSpecialMessage[] =
    "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP "
    "\U0001F608\t\n";

// Makes a unary call that the server ends with that status.
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

// ---- calls that the client ends

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
  stream->Write(request);  // fails if the deadline has passed already
  return ExpectCode(stream->Finish(), grpc::StatusCode::DEADLINE_EXCEEDED,
                    "the call");
}

}  // namespace

std::vector<TestCase> CallCases() {
  return {
      {"empty_unary", EmptyUnary},
      {"large_unary", LargeUnary},
      {"client_streaming", ClientStreaming},
      {"server_streaming", ServerStreaming},
      {"ping_pong", PingPong},
      {"empty_stream", EmptyStream},
      {"custom_metadata", CustomMetadata},
      {"status_code_and_message", StatusCodeAndMessage},
      {"special_status_message", SpecialStatusMessage},
      {"unimplemented_method", UnimplementedMethod},
      {"unimplemented_service", UnimplementedService},
      {"cancel_after_begin", CancelAfterBegin},
      {"cancel_after_first_response", CancelAfterFirstResponse},
      {"timeout_on_sleeping_server", TimeoutOnSleepingServer},
  };
}

}  // namespace interop
}  // namespace loopy
