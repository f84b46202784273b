#include "tests/adapter/endpoint_from_fd.h"

#include <utility>

#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/event_engine/channel_args_endpoint_config.h"
#include "src/core/lib/event_engine/extensions/supports_fd.h"
#include "src/core/lib/event_engine/query_extensions.h"
#include "src/core/lib/iomgr/event_engine_shims/endpoint.h"
#include "src/core/lib/resource_quota/resource_quota.h"
#include "transport/adapter/release.h"
#include "transport/base/log.h"
#include "transport/releases/v1_83/io_loop_endpoint.h"

namespace loopy {

using grpc_event_engine::experimental::ChannelArgsEndpointConfig;
using grpc_event_engine::experimental::EventEngineSupportsFdExtension;
using grpc_event_engine::experimental::GetDefaultEventEngine;
using grpc_event_engine::experimental::grpc_event_engine_endpoint_create;
using grpc_event_engine::experimental::QueryExtension;

std::vector<EndpointKind> EndpointKinds() {
  return {EndpointKind::kGrpcs, EndpointKind::kIoLoop};
}

grpc_endpoint* EndpointFromFd(int fd, EndpointKind kind) {
  const auto engine = GetDefaultEventEngine();
  const grpc_core::ChannelArgs args =
      grpc_core::ChannelArgs()
          .SetObject(grpc_core::ResourceQuota::Default())
          .SetObject(engine);
  if (kind == EndpointKind::kIoLoop) {
    return grpc_event_engine_endpoint_create(
        IoLoopEndpoint::Create(fd, MakeMemoryOwner(args, "test")));
  }
  auto* const with_fds =
      QueryExtension<EventEngineSupportsFdExtension>(engine.get());
  LOOPY_CHECK(with_fds != nullptr);
  return grpc_event_engine_endpoint_create(
      with_fds->CreateEndpointFromFd(fd, ChannelArgsEndpointConfig(args)));
}

}  // namespace loopy
