#include "transport/releases/v1_51/transport.h"

#include <new>
#include <utility>

#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/call/grpc_call.h"

namespace loopy {
namespace {

// A grpc_stream of this transport holds one of these.
using StreamData = std::shared_ptr<GrpcCall>;

StreamData* DataOf(grpc_stream* stream) {
  return reinterpret_cast<StreamData*>(stream);
}

Transport* Cast(grpc_transport* transport) {
  return static_cast<Transport*>(transport);
}

}  // namespace

void FinishConnecting(std::unique_ptr<ClientTransport> transport,
                      grpc_core::SubchannelConnector::Result* result) {
  result->socket_node = transport->socket_node();
  result->transport = new Transport(std::move(transport));
}

Transport::Transport(std::unique_ptr<ClientTransport> transport)
    : grpc_transport{Vtable()}, transport_(std::move(transport)) {}

const grpc_transport_vtable* Transport::Vtable() {
  static const grpc_transport_vtable vtable = {
      sizeof(StreamData),
      kTransportName,
      InitStream,
      /*make_call_promise=*/nullptr,
      SetPollset,
      SetPollsetSet,
      PerformStreamOp,
      PerformOp,
      DestroyStream,
      Destroy,
      GetEndpoint,
  };
  return &vtable;
}

int Transport::InitStream(grpc_transport* self, grpc_stream* stream,
                          grpc_stream_refcount* /*refcount*/,
                          const void* /*server_data*/,
                          grpc_core::Arena* arena) {
  new (DataOf(stream)) StreamData(Cast(self)->transport_->NewCall(arena));
  return 0;
}

void Transport::DestroyStream(grpc_transport* /*self*/, grpc_stream* stream,
                              grpc_closure* then_schedule_closure) {
  DataOf(stream)->~StreamData();
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, then_schedule_closure,
                          absl::OkStatus());
}

void Transport::PerformStreamOp(grpc_transport* /*self*/, grpc_stream* stream,
                                grpc_transport_stream_op_batch* batch) {
  (*DataOf(stream))->Perform(batch);
}

void Transport::SetPollset(grpc_transport* self, grpc_stream* /*stream*/,
                           grpc_pollset* pollset) {
  Cast(self)->transport_->endpoint()->AddToPollset(pollset);
}

void Transport::SetPollsetSet(grpc_transport* self, grpc_stream* /*stream*/,
                              grpc_pollset_set* pollset_set) {
  Cast(self)->transport_->endpoint()->AddToPollsetSet(pollset_set);
}

void Transport::PerformOp(grpc_transport* self, grpc_transport_op* op) {
  Cast(self)->transport_->PerformOp(op);
}

void Transport::Destroy(grpc_transport* self) { delete Cast(self); }

grpc_endpoint* Transport::GetEndpoint(grpc_transport* self) {
  return Cast(self)->transport_->endpoint()->get().get();
}

}  // namespace loopy
