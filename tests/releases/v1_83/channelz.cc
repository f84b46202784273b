#include "src/core/channelz/channelz.h"

#include "src/core/channelz/channelz_registry.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "tests/support/channelz.h"

namespace loopy {

std::string SocketWithAllData(intptr_t id) {
  const grpc_core::ExecCtx exec_ctx;
  const auto node = grpc_core::channelz::ChannelzRegistry::GetSocket(id);
  return node == nullptr ? "" : node->RenderJsonString();
}

}  // namespace loopy
