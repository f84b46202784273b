#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CLIENT_TRANSPORT_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CLIENT_TRANSPORT_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "transport/adapter/call/call_resources.h"
#include "transport/adapter/call/grpc_call.h"
#include "transport/adapter/endpoint/shared_endpoint.h"
#include "transport/adapter/release.h"
#include "transport/adapter/transport/channelz_stats.h"
#include "transport/adapter/transport/connection_state_tracker.h"
#include "transport/adapter/transport/memory_reclaimer.h"
#include "transport/base/slice.h"
#include "transport/connection/client_connection.h"

namespace loopy {

// gRPC puts it into the user agent, and its HTTP filters only onto a transport
// with "http" in its name.
inline constexpr char kTransportName[] = "loopy_http2";

// Runs gRPC's operations on a connection, as they are in every release. The
// release's Transport has one, and dispatches to it.
//
//   auto transport = std::make_unique<ClientTransport>(args, endpoint);
//   transport->Start(leftover, on_ready);
//   std::shared_ptr<GrpcCall> call = transport->NewCall(arena);
//   transport->Close(status);
//
// Threads: as gRPC calls it, under an ExecCtx. Nothing blocks. Lifetime: until
// no call is left. The connection lingers without it.
class ClientTransport {
 public:
  // Takes `endpoint` over. `args` are those that the handshakers have left.
  ClientTransport(const grpc_core::ChannelArgs& args, grpc_endpoint* endpoint);
  ~ClientTransport();

  // Called once. `on_ready` runs once: with OK when the server's SETTINGS have
  // come, or with why they will not.
  void Start(SliceBuffer leftover,
             absl::AnyInvocable<void(absl::Status)> on_ready);

  std::shared_ptr<GrpcCall> NewCall(grpc_core::Arena* arena);

  void PerformOp(grpc_transport_op* op);

  // Ends the connection. Calling it twice is harmless.
  void Close(absl::Status why);

  SharedEndpoint* endpoint() const { return endpoint_.get(); }
  const std::shared_ptr<ConnectionStateTracker>& state_tracker() const {
    return state_tracker_;
  }
  // Returns null without channelz.
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
  std::shared_ptr<ConnectionStateTracker> state_tracker_;
  std::shared_ptr<ClientConnection> connection_;
  bool closed_ = false;  // by gRPC
};

// Makes gRPC's transport of `transport`, and writes it into `result`, all but
// the channel arguments. The release defines it.
void FinishConnecting(std::unique_ptr<ClientTransport> transport,
                      grpc_core::SubchannelConnector::Result* result);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CLIENT_TRANSPORT_H_
