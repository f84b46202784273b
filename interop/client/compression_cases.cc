#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "interop/client/case_helpers.h"
#include "interop/client/interop_cases.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

// ---- messages as they came
//
// gRPC's public API does not say whether a received message was compressed. A
// channel with GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION off returns its bytes
// as they came, and the cases look at these.

// A gzip member begins so (RFC 1952 section 2.3.1). A protobuf message whose
// first field number is below 3 does not.
constexpr char kGzipMagic[] = "\x1f\x8b";

// Waits for the operation started last, and returns its outcome.
bool Await(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

// Makes a channel whose received messages are not decompressed.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeRawChannel(
    const ChannelConfig& config) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  return MakeChannel(config, args);
}

struct RawResponses {
  grpc::Status status;
  std::vector<grpc::ByteBuffer> messages;
};

// Makes a call of any kind with one request.
RawResponses CallRaw(const std::shared_ptr<grpc::Channel>& channel,
                     const std::string& method,
                     const google::protobuf::Message& request) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  const auto call = stub.PrepareCall(&context, method, &queue);
  const grpc::Slice slice(request.SerializeAsString());
  const grpc::ByteBuffer bytes(&slice, 1);

  RawResponses responses;
  call->StartCall(nullptr);
  bool ok = Await(&queue);
  if (ok) {
    call->WriteLast(bytes, grpc::WriteOptions(), nullptr);
    ok = Await(&queue);
  }
  while (ok) {
    grpc::ByteBuffer message;
    call->Read(&message, nullptr);
    ok = Await(&queue);
    if (ok) responses.messages.push_back(std::move(message));
  }
  call->Finish(&responses.status, nullptr);
  Await(&queue);
  queue.Shutdown();
  Await(&queue);
  return responses;
}

// Parses a message as it came, and returns whether it was compressed with gzip.
// gRPC has one other algorithm, deflate, which grpc-go lacks.
absl::StatusOr<bool> ParseRaw(const grpc::ByteBuffer& bytes,
                              google::protobuf::Message* message) {
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) {
    return absl::DataLossError("a received message has no bytes");
  }
  const absl::string_view view(reinterpret_cast<const char*>(slice.begin()),
                               slice.size());
  google::protobuf::io::ArrayInputStream input(view.data(),
                                               static_cast<int>(view.size()));
  const bool compressed = absl::StartsWith(view, kGzipMagic);
  bool parsed = false;
  if (compressed) {
    google::protobuf::io::GzipInputStream inflated(
        &input, google::protobuf::io::GzipInputStream::GZIP);
    parsed = message->ParseFromZeroCopyStream(&inflated);
  } else {
    parsed = message->ParseFromZeroCopyStream(&input);
  }
  if (!parsed) {
    return absl::DataLossError(
        "a received message is neither plain nor gzip-compressed");
  }
  return compressed;
}

// ---- the cases

// Makes a unary call whose request is compressed or not, and says whether it
// is. The server fails it with INVALID_ARGUMENT if that is wrong.
absl::Status CallWithRequest(TestService::Stub* stub, bool compressed,
                             bool says_compressed, grpc::StatusCode code,
                             absl::string_view what) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  context.set_compression_algorithm(compressed ? GRPC_COMPRESS_GZIP
                                               : GRPC_COMPRESS_NONE);
  SimpleRequest request = LargeRequest();
  request.mutable_expect_compressed()->set_value(says_compressed);
  SimpleResponse response;
  const grpc::Status status = stub->UnaryCall(&context, request, &response);
  LOOPY_RETURN_IF_ERROR(ExpectCode(status, code, what));
  if (code != grpc::StatusCode::OK) return absl::OkStatus();
  return ExpectZeros(response.payload().body(), kLargeResponseSize, what);
}

StreamingInputCallRequest UploadRequest(bool says_compressed, size_t size) {
  StreamingInputCallRequest request;
  request.mutable_expect_compressed()->set_value(says_compressed);
  SetZeros(size, &request);
  return request;
}

absl::Status ProbeStreaming(TestService::Stub* stub) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  context.set_compression_algorithm(GRPC_COMPRESS_NONE);
  StreamingInputCallResponse response;
  const auto stream = stub->StreamingInputCall(&context, &response);
  stream->Write(UploadRequest(/*says_compressed=*/true, 27182));
  stream->WritesDone();
  return ExpectCode(
      stream->Finish(), grpc::StatusCode::INVALID_ARGUMENT,
      "the probe (an uncompressed message that claims to be compressed)");
}

absl::Status ExpectCompressed(bool compressed, bool expected,
                              absl::string_view what) {
  return Expect(
      compressed == expected,
      absl::StrCat(what, expected ? " is compressed" : " is not compressed"));
}

// Makes the unary call with its response as it came, and once more with a
// response that gRPC reads. gRPC decompresses only a message with the
// compressed flag.
absl::Status CallForResponse(const TestContext& test,
                             const std::shared_ptr<grpc::Channel>& raw_channel,
                             bool compressed) {
  const std::string what =
      absl::StrCat("the response, response_compressed being ",
                   compressed ? "true," : "false,");
  SimpleRequest request = LargeRequest();
  request.mutable_response_compressed()->set_value(compressed);
  const RawResponses raw =
      CallRaw(raw_channel, "/grpc.testing.TestService/UnaryCall", request);
  LOOPY_RETURN_IF_ERROR(ExpectOk(raw.status, "the call"));
  LOOPY_RETURN_IF_ERROR(
      Expect(raw.messages.size() == 1, "there is one response"));
  SimpleResponse response;
  const auto was_compressed = ParseRaw(raw.messages[0], &response);
  LOOPY_RETURN_IF_ERROR(was_compressed.status());
  LOOPY_RETURN_IF_ERROR(ExpectCompressed(*was_compressed, compressed, what));
  LOOPY_RETURN_IF_ERROR(
      ExpectZeros(response.payload().body(), kLargeResponseSize, what));

  grpc::ClientContext context;
  SetCaseDeadline(&context);
  response.Clear();
  LOOPY_RETURN_IF_ERROR(ExpectOk(TestService::NewStub(test.channel)
                                     ->UnaryCall(&context, request, &response),
                                 "the call on an ordinary channel"));
  return ExpectZeros(response.payload().body(), kLargeResponseSize, what);
}

struct Part {
  size_t size;
  bool compressed;
};
constexpr Part kParts[] = {{31415, true}, {92653, false}};

absl::Status ExpectParts(const std::vector<grpc::ByteBuffer>& messages) {
  LOOPY_RETURN_IF_ERROR(Expect(messages.size() == std::size(kParts),
                               "there are exactly two responses"));
  for (size_t i = 0; i < std::size(kParts); ++i) {
    const std::string what = absl::StrCat("response ", i + 1);
    StreamingOutputCallResponse response;
    const auto was_compressed = ParseRaw(messages[i], &response);
    LOOPY_RETURN_IF_ERROR(was_compressed.status());
    LOOPY_RETURN_IF_ERROR(
        ExpectCompressed(*was_compressed, kParts[i].compressed, what));
    LOOPY_RETURN_IF_ERROR(
        ExpectZeros(response.payload().body(), kParts[i].size, what));
  }
  return absl::OkStatus();
}

// Reads the same stream by gRPC, which decompresses it.
absl::Status ReadParts(const TestContext& test,
                       const StreamingOutputCallRequest& request) {
  grpc::ClientContext context;
  SetCaseDeadline(&context);
  const auto stub = TestService::NewStub(test.channel);
  const auto stream = stub->StreamingOutputCall(&context, request);
  size_t count = 0;
  absl::Status first_error;
  StreamingOutputCallResponse response;
  while (stream->Read(&response)) {
    if (count < std::size(kParts)) {
      first_error.Update(ExpectZeros(response.payload().body(),
                                     kParts[count].size,
                                     absl::StrCat("response ", count + 1)));
    }
    ++count;
  }
  LOOPY_RETURN_IF_ERROR(
      ExpectOk(stream->Finish(), "the stream on an ordinary channel"));
  LOOPY_RETURN_IF_ERROR(first_error);
  return Expect(count == std::size(kParts), "there are exactly two responses");
}

absl::Status ClientCompressedUnary(const TestContext& test) {
  const auto stub = TestService::NewStub(test.channel);
  LOOPY_RETURN_IF_ERROR(CallWithRequest(
      stub.get(), /*compressed=*/false, /*says_compressed=*/true,
      grpc::StatusCode::INVALID_ARGUMENT,
      "the probe (an uncompressed message that claims to be compressed)"));
  LOOPY_RETURN_IF_ERROR(
      CallWithRequest(stub.get(), /*compressed=*/true, /*says_compressed=*/true,
                      grpc::StatusCode::OK, "the compressed call"));
  return CallWithRequest(stub.get(), /*compressed=*/false,
                         /*says_compressed=*/false, grpc::StatusCode::OK,
                         "the uncompressed call");
}

absl::Status ServerCompressedUnary(const TestContext& test) {
  const auto raw_channel = MakeRawChannel(test.config);
  LOOPY_RETURN_IF_ERROR(raw_channel.status());
  LOOPY_RETURN_IF_ERROR(
      CallForResponse(test, *raw_channel, /*compressed=*/true));
  return CallForResponse(test, *raw_channel, /*compressed=*/false);
}

absl::Status ClientCompressedStreaming(const TestContext& test) {
  const auto stub = TestService::NewStub(test.channel);
  LOOPY_RETURN_IF_ERROR(ProbeStreaming(stub.get()));

  grpc::ClientContext context;
  SetCaseDeadline(&context);
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  StreamingInputCallResponse response;
  const auto stream = stub->StreamingInputCall(&context, &response);
  bool written = stream->Write(UploadRequest(/*says_compressed=*/true, 27182));
  written =
      written && stream->Write(UploadRequest(/*says_compressed=*/false, 45904),
                               grpc::WriteOptions().set_no_compression());
  written = stream->WritesDone() && written;
  LOOPY_RETURN_IF_ERROR(ExpectOk(stream->Finish(), "the call"));
  LOOPY_RETURN_IF_ERROR(Expect(written, "every write succeeded"));
  return Expect(response.aggregated_payload_size() == 73086,
                "the server counted 73086 bytes");
}

absl::Status ServerCompressedStreaming(const TestContext& test) {
  const auto raw_channel = MakeRawChannel(test.config);
  LOOPY_RETURN_IF_ERROR(raw_channel.status());
  StreamingOutputCallRequest request;
  for (const Part& part : kParts) {
    auto* parameters = request.add_response_parameters();
    parameters->set_size(static_cast<int32_t>(part.size));
    parameters->mutable_compressed()->set_value(part.compressed);
  }
  const RawResponses raw = CallRaw(
      *raw_channel, "/grpc.testing.TestService/StreamingOutputCall", request);
  LOOPY_RETURN_IF_ERROR(ExpectOk(raw.status, "the call"));
  LOOPY_RETURN_IF_ERROR(ExpectParts(raw.messages));
  return ReadParts(test, request);
}

}  // namespace

std::vector<TestCase> CompressionCases() {
  return {
      {"client_compressed_unary", ClientCompressedUnary},
      {"server_compressed_unary", ServerCompressedUnary},
      {"client_compressed_streaming", ClientCompressedStreaming},
      {"server_compressed_streaming", ServerCompressedStreaming},
  };
}

}  // namespace interop
}  // namespace loopy
