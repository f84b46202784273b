#include "tests/adapter/endpoint_from_fd.h"

#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/event_engine/channel_args_endpoint_config.h"
#include "src/core/lib/iomgr/ev_posix.h"
#include "src/core/lib/iomgr/tcp_client_posix.h"
#include "src/core/lib/iomgr/tcp_posix.h"
#include "src/core/lib/resource_quota/resource_quota.h"

namespace loopy {

std::vector<EndpointKind> EndpointKinds() { return {EndpointKind::kGrpcs}; }

grpc_endpoint* EndpointFromFd(int fd, EndpointKind /*kind*/) {
  const grpc_core::ChannelArgs args =
      grpc_core::ChannelArgs().SetObject(grpc_core::ResourceQuota::Default());
  return grpc_tcp_create_from_fd(
      grpc_fd_create(fd, "socket_pair", /*track_err=*/false),
      grpc_event_engine::experimental::ChannelArgsEndpointConfig(args),
      "ipv4:the peer");
}

}  // namespace loopy
