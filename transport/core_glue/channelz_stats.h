#ifndef LOOPY_TRANSPORT_CORE_GLUE_CHANNELZ_STATS_H_
#define LOOPY_TRANSPORT_CORE_GLUE_CHANNELZ_STATS_H_

#include "transport/core_glue/generation.h"
#include "transport/core_glue/shared_endpoint.h"
#include "transport/core_glue/transport_stats.h"

namespace loopy {

// A connection's channelz socket, if the channel has channelz enabled. Threads
// and lifetime as TransportStats.
class ChannelzStats final : public TransportStats {
 public:
  ChannelzStats(const grpc_core::ChannelArgs& args,
                const SharedEndpoint& endpoint, const char* transport_name);

  // Null without channelz.
  grpc_core::RefCountedPtr<grpc_core::channelz::SocketNode> socket_node()
      const {
    return socket_node_;
  }

  void OnStreamStarted() override;
  void OnStreamEnded(bool ok) override;
  void OnMessageSent() override;
  void OnMessageReceived() override;

 private:
  grpc_core::RefCountedPtr<grpc_core::channelz::SocketNode> socket_node_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_CHANNELZ_STATS_H_
