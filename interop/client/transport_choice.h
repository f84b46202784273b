#ifndef LOOPY_INTEROP_CLIENT_TRANSPORT_CHOICE_H_
#define LOOPY_INTEROP_CLIENT_TRANSPORT_CHOICE_H_

#include <grpcpp/support/channel_arguments.h>

#include <string>

#include "absl/strings/string_view.h"

namespace loopy {
namespace interop {

// The client transport of a channel.
enum class TransportKind {
  kLoopy,
  // The one built into gRPC.
  kChttp2,
};

// The names on the command line and in results: "loopy" and "chttp2".
absl::string_view TransportName(TransportKind kind);

// For absl flags.
bool AbslParseFlag(absl::string_view text, TransportKind* kind,
                   std::string* error);
std::string AbslUnparseFlag(TransportKind kind);

// Makes channels created with `args` use the transport. This file is the only
// one of the clients that knows loopy.
void ChooseTransport(TransportKind kind, grpc::ChannelArguments* args);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_TRANSPORT_CHOICE_H_
