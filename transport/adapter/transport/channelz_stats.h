#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_STATS_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_STATS_H_

#include <memory>

#include "transport/adapter/call/transport_stats.h"
#include "transport/adapter/endpoint/shared_endpoint.h"
#include "transport/adapter/release.h"
#include "transport/adapter/transport/channelz_socket.h"
#include "transport/connection/client_connection.h"

namespace loopy {

// Counts into a connection's channelz socket, if the channel has channelz
// enabled. Threads and lifetime are those of TransportStats.
class ChannelzStats final : public TransportStats {
 public:
  ChannelzStats(const grpc_core::ChannelArgs& args,
                const SharedEndpoint& endpoint, const char* transport_name);

  // Returns null without channelz.
  grpc_core::RefCountedPtr<grpc_core::channelz::SocketNode> socket_node() const;

  // Makes the socket show what this connection does. Called once.
  void Show(const std::shared_ptr<ClientConnection>& connection);

  void OnStreamStarted() override;
  void OnStreamEnded(bool ok) override;
  void OnMessageSent() override;
  void OnMessageReceived() override;
  void OnPingSent(bool is_keepalive) override;

 private:
  std::unique_ptr<ChannelzSocket> socket_;  // null without channelz
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CHANNELZ_STATS_H_
