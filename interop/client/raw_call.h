#ifndef LOOPY_INTEROP_CLIENT_RAW_CALL_H_
#define LOOPY_INTEROP_CLIENT_RAW_CALL_H_

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "interop/client/channel_factory.h"

namespace loopy {
namespace interop {

// What gRPC's public API does not say of a received message is whether it was
// compressed. So it is told to leave messages as they are: a channel with
// GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION off hands the bytes up as they
// came.

// A channel whose received messages are not decompressed.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeRawChannel(
    const ChannelConfig& config);

struct RawResponses {
  grpc::Status status;
  std::vector<grpc::ByteBuffer> messages;
};

// A call, of whatever kind, with one request.
RawResponses CallRaw(const std::shared_ptr<grpc::Channel>& channel,
                     const std::string& method,
                     const google::protobuf::Message& request);

// Reads a message as it came. Returns whether it was compressed with gzip (the
// only algorithm beside deflate that gRPC has, and grpc-go's only one).
absl::StatusOr<bool> ParseRaw(const grpc::ByteBuffer& bytes,
                              google::protobuf::Message* message);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_RAW_CALL_H_
