#include "interop/client/raw_call.h"

#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/slice.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "interop/client/payloads.h"

namespace loopy {
namespace interop {
namespace {

// RFC 1952 section 2.3.1. No protobuf message with a first field number below
// 3 begins so.
constexpr char kGzipMagic[] = "\x1f\x8b";

// The outcome of the operation started last.
bool Await(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeRawChannel(
    const ChannelConfig& config) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  return MakeChannel(config, args);
}

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

}  // namespace interop
}  // namespace loopy
