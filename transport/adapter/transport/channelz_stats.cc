#include "transport/adapter/transport/channelz_stats.h"

#include <grpc/grpc.h>

#include <utility>

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
  socket_ = std::make_unique<ChannelzSocket>(
      endpoint.local_address(), endpoint.peer(),
      absl::StrCat(transport_name, " ", endpoint.peer()),
      args.GetObjectRef<SocketNode::Security>());
}

grpc_core::RefCountedPtr<SocketNode> ChannelzStats::socket_node() const {
  return socket_ == nullptr ? nullptr : socket_->node();
}

void ChannelzStats::Show(const std::shared_ptr<ClientConnection>& connection) {
  if (socket_ != nullptr) socket_->Show(connection);
}

void ChannelzStats::OnStreamStarted() {
  if (socket_ != nullptr) socket_->node()->RecordStreamStartedFromLocal();
}

void ChannelzStats::OnStreamEnded(bool ok) {
  if (socket_ == nullptr) return;
  if (ok) {
    socket_->node()->RecordStreamSucceeded();
  } else {
    socket_->node()->RecordStreamFailed();
  }
}

void ChannelzStats::OnMessageSent() {
  if (socket_ != nullptr) socket_->node()->RecordMessagesSent(1);
}

void ChannelzStats::OnMessageReceived() {
  if (socket_ != nullptr) socket_->node()->RecordMessageReceived();
}

void ChannelzStats::OnPingSent(bool is_keepalive) {
  if (socket_ == nullptr || !(is_keepalive || kCountsAllPings)) return;
  socket_->node()->RecordKeepaliveSent();
}

}  // namespace loopy
