#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_CHANNELZ_SOCKET_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_CHANNELZ_SOCKET_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "src/core/channelz/channelz.h"
#include "src/core/util/ref_counted_ptr.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"
#include "transport/flow/connection_windows.h"

namespace loopy {

// chttp2 of this release counts every PING as a keepalive.
inline constexpr bool kCountsAllPings = true;

// See adapter/transport/channelz_socket.h. Adds the windows to the node under
// chttp2's names, by which gRPC finds them for version 1 of channelz. The other
// figures are in "loopy", which version 2 alone shows. Threads: any. Lifetime:
// the node outlives it, without the data.
class ChannelzSocket final : public grpc_core::channelz::DataSource {
 public:
  using Node = grpc_core::channelz::SocketNode;

  ChannelzSocket(std::string local, std::string remote, std::string name,
                 grpc_core::RefCountedPtr<Node::Security> security);
  ~ChannelzSocket();

  ChannelzSocket(const ChannelzSocket&) = delete;
  ChannelzSocket& operator=(const ChannelzSocket&) = delete;

  grpc_core::RefCountedPtr<Node> node() const { return node_; }
  void Show(const std::shared_ptr<ClientConnection>& connection);

  void AddData(grpc_core::channelz::DataSink sink) override;
  // "transport_frames", as chttp2's. It has what the timeline has.
  std::unique_ptr<grpc_core::channelz::ZTrace> GetZTrace(
      absl::string_view name) override;

 private:
  explicit ChannelzSocket(grpc_core::RefCountedPtr<Node> node);

  const grpc_core::RefCountedPtr<Node> node_;
  Mutex mu_{LockRank::kChannelzSocket};
  std::weak_ptr<ClientConnection> connection_ ABSL_GUARDED_BY(mu_);
  uint32_t number_ ABSL_GUARDED_BY(mu_) = 0;  // in the timeline
  std::shared_ptr<const ConnectionWindows> windows_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_CHANNELZ_SOCKET_H_
