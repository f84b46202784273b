#include "interop/client/metadata_cases.h"

#include <grpcpp/client_context.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "interop/client/expect.h"
#include "interop/client/payloads.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

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

}  // namespace

absl::Status CustomMetadata(const TestContext& test) {
  const auto stub = TestService::NewStub(test.channel);
  LOOPY_RETURN_IF_ERROR(UnaryCallWithMetadata(stub.get()));
  return FullDuplexCallWithMetadata(stub.get());
}

}  // namespace interop
}  // namespace loopy
