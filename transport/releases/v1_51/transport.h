#ifndef LOOPY_TRANSPORT_RELEASES_V1_51_TRANSPORT_H_
#define LOOPY_TRANSPORT_RELEASES_V1_51_TRANSPORT_H_

#include <memory>

#include "src/core/lib/transport/transport_impl.h"
#include "transport/adapter/release.h"
#include "transport/adapter/transport/client_transport.h"

namespace loopy {

// A grpc_transport, gRPC 1.51's view of a connection. It dispatches gRPC's
// operations to a ClientTransport.
//
// Threads: as gRPC calls it. Nothing blocks. Lifetime: until destroy, which
// gRPC calls when no stream is left.
class Transport final : public grpc_transport {
 public:
  explicit Transport(std::unique_ptr<ClientTransport> transport);

 private:
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

  const std::unique_ptr<ClientTransport> transport_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_51_TRANSPORT_H_
