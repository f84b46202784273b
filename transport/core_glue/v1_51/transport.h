#ifndef LOOPY_TRANSPORT_CORE_GLUE_V1_51_TRANSPORT_H_
#define LOOPY_TRANSPORT_CORE_GLUE_V1_51_TRANSPORT_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/channel/channelz.h"
#include "src/core/lib/gprpp/ref_counted_ptr.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/resource_quota/memory_quota.h"
#include "src/core/lib/transport/transport_impl.h"
#include "transport/base/slice.h"
#include "transport/connection/client_connection.h"
#include "transport/core_glue/v1_51/channelz_stats.h"
#include "transport/core_glue/v1_51/connection_events.h"
#include "transport/core_glue/v1_51/shared_endpoint.h"

namespace loopy {

// gRPC's view of a connection: a grpc_transport, which dispatches gRPC's
// operations and knows nothing of HTTP/2.
//
//   Transport* transport = Transport::Create(args, endpoint);
//   transport->Start(leftover, callback);  // callback: SETTINGS came, or why
//   not
//   ... in a channel stack ...
//   grpc_transport_destroy(transport);
//
// Threads: as gRPC calls it; nothing blocks. Lifetime: until destroy, which
// gRPC calls when no stream is left; the connection lingers without it.
class Transport final : public grpc_transport {
 public:
  // Takes over `endpoint`. `args`: those the handshakers have left.
  static Transport* Create(const grpc_core::ChannelArgs& args,
                           grpc_endpoint* endpoint);

  // Once. `settled` runs once, with OK when the server's SETTINGS have come.
  void Start(SliceBuffer leftover,
             absl::AnyInvocable<void(absl::Status)> settled);

  const std::shared_ptr<SharedEndpoint>& endpoint() const { return endpoint_; }
  // Null without channelz.
  grpc_core::RefCountedPtr<grpc_core::channelz::SocketNode> socket_node()
      const {
    return stats_.socket_node();
  }

 private:
  Transport(const grpc_core::ChannelArgs& args, grpc_endpoint* endpoint);

  static const grpc_transport_vtable* Vtable();

  // grpc_transport_vtable.
  static int InitStream(grpc_transport* self, grpc_stream* stream,
                        grpc_stream_refcount* refcount, const void* server_data,
                        grpc_core::Arena* arena);
  static void SetPollset(grpc_transport* self, grpc_stream* stream,
                         grpc_pollset* pollset);
  static void SetPollsetSet(grpc_transport* self, grpc_stream* stream,
                            grpc_pollset_set* pollset_set);
  static void PerformStreamOp(grpc_transport* self, grpc_stream* stream,
                              grpc_transport_stream_op_batch* batch);
  static void PerformOp(grpc_transport* self, grpc_transport_op* op);
  static void DestroyStream(grpc_transport* self, grpc_stream* stream,
                            grpc_closure* then_schedule_closure);
  static void Destroy(grpc_transport* self);
  static grpc_endpoint* GetEndpoint(grpc_transport* self);

  void HandlePing(grpc_closure* on_initiate, grpc_closure* on_ack);
  void Close(absl::Status why);

  const std::shared_ptr<SharedEndpoint> endpoint_;
  // What this object takes of the channel's memory quota; bytes in flight are
  // accounted by gRPC's endpoints.
  grpc_core::MemoryOwner memory_owner_;
  grpc_core::MemoryAllocator::Reservation reservation_;
  ChannelzStats stats_;
  std::shared_ptr<ConnectionEvents> events_;
  std::shared_ptr<ClientConnection> connection_;
  bool closed_ = false;  // by gRPC
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_V1_51_TRANSPORT_H_
