#ifndef LOOPY_TRANSPORT_CORE_GLUE_TRANSPORT_CORE_H_
#define LOOPY_TRANSPORT_CORE_GLUE_TRANSPORT_CORE_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "transport/base/slice.h"
#include "transport/connection/client_connection.h"
#include "transport/core_glue/call_batches.h"
#include "transport/core_glue/call_resources.h"
#include "transport/core_glue/channelz_stats.h"
#include "transport/core_glue/connection_events.h"
#include "transport/core_glue/generation.h"
#include "transport/core_glue/memory_reclaimer.h"
#include "transport/core_glue/shared_endpoint.h"

namespace loopy {

// gRPC puts it into the user agent, and its HTTP filters only onto a transport
// with "http" in its name.
inline constexpr char kTransportName[] = "loopy_http2";

// What a transport is in every generation of gRPC: a connection, and gRPC's
// operations on it. A generation's Transport has one, and dispatches to it.
//
//   auto core = std::make_unique<TransportCore>(args, endpoint);
//   core->Start(leftover, callback);  // callback: SETTINGS came, or why not
//   std::shared_ptr<CallBatches> call = core->NewCall(arena);
//   core->Close(status);
//
// Threads: as gRPC calls it, under an ExecCtx; nothing blocks. Lifetime: until
// no call is left; the connection lingers without it.
class TransportCore {
 public:
  // Takes over `endpoint`. `args`: those the handshakers have left.
  TransportCore(const grpc_core::ChannelArgs& args, grpc_endpoint* endpoint);
  ~TransportCore();

  // Once. `settled` runs once, with OK when the server's SETTINGS have come.
  void Start(SliceBuffer leftover,
             absl::AnyInvocable<void(absl::Status)> settled);

  std::shared_ptr<CallBatches> NewCall(grpc_core::Arena* arena);

  void PerformOp(grpc_transport_op* op);

  // Ends the connection. Twice is harmless.
  void Close(absl::Status why);

  SharedEndpoint* endpoint() const { return endpoint_.get(); }
  const std::shared_ptr<ConnectionEvents>& events() const { return events_; }
  // Null without channelz.
  grpc_core::RefCountedPtr<grpc_core::channelz::SocketNode> socket_node()
      const {
    return stats_->socket_node();
  }

 private:
  void HandlePing(grpc_closure* on_initiate, grpc_closure* on_ack);

  const std::shared_ptr<SharedEndpoint> endpoint_;
  const std::shared_ptr<MemoryReclaimer> reclaimer_;
  const std::shared_ptr<ChannelzStats> stats_;
  const std::shared_ptr<CallResources> call_resources_;
  std::shared_ptr<ConnectionEvents> events_;
  std::shared_ptr<ClientConnection> connection_;
  bool closed_ = false;  // by gRPC
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_TRANSPORT_CORE_H_
