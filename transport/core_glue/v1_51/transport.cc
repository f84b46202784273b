#include "transport/core_glue/v1_51/transport.h"

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/lib/gprpp/debug_location.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/resource_quota/resource_quota.h"
#include "src/core/lib/transport/error_utils.h"
#include "src/core/lib/transport/transport.h"
#include "transport/core_glue/call_batches.h"
#include "transport/core_glue/connection_options_from_args.h"
#include "transport/core_glue/v1_51/iomgr_clock.h"
#include "transport/core_glue/v1_51/iomgr_endpoint.h"
#include "transport/core_glue/v1_51/linger.h"

namespace loopy {
namespace {

// gRPC puts it into the user agent, and its HTTP filters only onto a transport
// with "http" in its name.
constexpr char kName[] = "loopy_http2";

// What a grpc_stream of this transport is.
using StreamData = std::shared_ptr<CallBatches>;

StreamData* DataOf(grpc_stream* stream) {
  return reinterpret_cast<StreamData*>(stream);
}

Transport* Cast(grpc_transport* transport) {
  return static_cast<Transport*>(transport);
}

}  // namespace

const grpc_transport_vtable* Transport::Vtable() {
  static const grpc_transport_vtable vtable = {
      sizeof(StreamData),
      kName,
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

Transport* Transport::Create(const grpc_core::ChannelArgs& args,
                             grpc_endpoint* endpoint) {
  return new Transport(args, endpoint);
}

Transport::Transport(const grpc_core::ChannelArgs& args,
                     grpc_endpoint* endpoint)
    : grpc_transport{Vtable()},
      endpoint_(std::make_shared<SharedEndpoint>(endpoint)),
      memory_owner_(args.GetObject<grpc_core::ResourceQuota>()
                        ->memory_quota()
                        ->CreateMemoryOwner(absl::StrCat(endpoint_->peer(),
                                                         ":client_transport"))),
      reservation_(memory_owner_.MakeReservation(sizeof(Transport))),
      stats_(args, *endpoint_, kName) {
  const ConnectionOptions options = ConnectionOptionsFromArgs(args);
  events_ = std::make_shared<ConnectionEvents>(endpoint_->peer(),
                                               options.keepalive_time);
  connection_ =
      ClientConnection::Create(std::make_unique<IomgrEndpoint>(endpoint_),
                               IomgrClock::Get(), options, events_);
}

void Transport::Start(SliceBuffer leftover,
                      absl::AnyInvocable<void(absl::Status)> settled) {
  events_->WhenSettled(std::move(settled));
  connection_->Start(std::move(leftover));
}

int Transport::InitStream(grpc_transport* self, grpc_stream* stream,
                          grpc_stream_refcount* /*refcount*/,
                          const void* /*server_data*/,
                          grpc_core::Arena* /*arena*/) {
  Transport* const transport = Cast(self);
  new (DataOf(stream)) StreamData(std::make_shared<CallBatches>(
      transport->connection_.get(), &transport->stats_,
      transport->endpoint_->peer()));
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
  Cast(self)->endpoint_->AddToPollset(pollset);
}

void Transport::SetPollsetSet(grpc_transport* self, grpc_stream* /*stream*/,
                              grpc_pollset_set* pollset_set) {
  Cast(self)->endpoint_->AddToPollsetSet(pollset_set);
}

void Transport::PerformOp(grpc_transport* self, grpc_transport_op* op) {
  Transport* const transport = Cast(self);
  if (!op->goaway_error.ok()) {
    transport->connection_->Drain(grpc_error_to_absl_status(op->goaway_error));
  }
  // set_accept_stream is a server's.
  if (op->bind_pollset != nullptr) {
    transport->endpoint_->AddToPollset(op->bind_pollset);
  }
  if (op->bind_pollset_set != nullptr) {
    transport->endpoint_->AddToPollsetSet(op->bind_pollset_set);
  }
  if (op->send_ping.on_initiate != nullptr || op->send_ping.on_ack != nullptr) {
    transport->HandlePing(op->send_ping.on_initiate, op->send_ping.on_ack);
  }
  if (op->start_connectivity_watch != nullptr) {
    transport->events_->AddWatcher(op->start_connectivity_watch_state,
                                   std::move(op->start_connectivity_watch));
  }
  if (op->stop_connectivity_watch != nullptr) {
    transport->events_->RemoveWatcher(op->stop_connectivity_watch);
  }
  if (!op->disconnect_with_error.ok()) {
    transport->Close(grpc_error_to_absl_status(op->disconnect_with_error));
  }
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, op->on_consumed, absl::OkStatus());
}

void Transport::HandlePing(grpc_closure* on_initiate, grpc_closure* on_ack) {
  connection_->Ping([on_ack](absl::Status status) {
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, on_ack, status);
  });
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, on_initiate, absl::OkStatus());
}

void Transport::Close(absl::Status why) {
  if (!std::exchange(closed_, true)) KeepGrpcWhileItLingers(endpoint_);
  connection_->Close(std::move(why));
}

void Transport::Destroy(grpc_transport* self) {
  Transport* const transport = Cast(self);
  transport->Close(absl::UnavailableError("the channel was closed"));
  delete transport;
}

grpc_endpoint* Transport::GetEndpoint(grpc_transport* self) {
  return Cast(self)->endpoint_->get();
}

}  // namespace loopy
