#ifndef LOOPY_TRANSPORT_RELEASES_V1_51_CHANNELZ_SOCKET_H_
#define LOOPY_TRANSPORT_RELEASES_V1_51_CHANNELZ_SOCKET_H_

#include <memory>
#include <string>

#include "src/core/lib/channel/channelz.h"
#include "src/core/lib/gprpp/ref_counted_ptr.h"
#include "transport/connection/client_connection.h"

namespace loopy {

// chttp2 of this release counts only the pings of keepalive.
inline constexpr bool kCountsAllPings = false;

// See adapter/transport/channelz_socket.h. The node adds the windows to its
// JSON, and the other figures as options of the socket, such as
// "loopy.queued_bytes": the protocol has no other place for them. Threads: any.
// Lifetime: the node outlives it.
class ChannelzSocket {
 public:
  using Node = grpc_core::channelz::SocketNode;

  ChannelzSocket(std::string local, std::string remote, std::string name,
                 grpc_core::RefCountedPtr<Node::Security> security);
  ~ChannelzSocket();

  ChannelzSocket(const ChannelzSocket&) = delete;
  ChannelzSocket& operator=(const ChannelzSocket&) = delete;

  grpc_core::RefCountedPtr<Node> node() const;
  void Show(const std::shared_ptr<ClientConnection>& connection);

 private:
  class ConnectionNode;

  const grpc_core::RefCountedPtr<ConnectionNode> node_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_51_CHANNELZ_SOCKET_H_
