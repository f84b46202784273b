#include "transport/core_glue/channelz_stats.h"

#include <grpc/grpc.h>

#include "absl/strings/str_cat.h"

namespace loopy {

using grpc_core::channelz::SocketNode;

ChannelzStats::ChannelzStats(const grpc_core::ChannelArgs& args,
                             const SharedEndpoint& endpoint,
                             const char* transport_name) {
  if (!args.GetBool(GRPC_ARG_ENABLE_CHANNELZ)
           .value_or(GRPC_ENABLE_CHANNELZ_DEFAULT)) {
    return;
  }
  socket_node_ = grpc_core::MakeRefCounted<SocketNode>(
      endpoint.local_address(), endpoint.peer(),
      absl::StrCat(transport_name, " ", endpoint.peer()),
      args.GetObjectRef<SocketNode::Security>());
}

void ChannelzStats::OnStreamStarted() {
  if (socket_node_ != nullptr) socket_node_->RecordStreamStartedFromLocal();
}

void ChannelzStats::OnStreamEnded(bool ok) {
  if (socket_node_ == nullptr) return;
  if (ok) {
    socket_node_->RecordStreamSucceeded();
  } else {
    socket_node_->RecordStreamFailed();
  }
}

void ChannelzStats::OnMessageSent() {
  if (socket_node_ != nullptr) socket_node_->RecordMessagesSent(1);
}

void ChannelzStats::OnMessageReceived() {
  if (socket_node_ != nullptr) socket_node_->RecordMessageReceived();
}

}  // namespace loopy
