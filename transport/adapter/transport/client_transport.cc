#include "transport/adapter/transport/client_transport.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/channel/connection_options_from_args.h"
#include "transport/adapter/endpoint/iomgr_endpoint.h"
#include "transport/adapter/endpoint/linger.h"
#include "transport/adapter/endpoint/transport_clock.h"
#include "transport/adapter/transport/connection_registry.h"

namespace loopy {

ClientTransport::ClientTransport(const grpc_core::ChannelArgs& args,
                                 grpc_endpoint* endpoint)
    : endpoint_(std::make_shared<SharedEndpoint>(endpoint)),
      reclaimer_(std::make_shared<MemoryReclaimer>(
          MakeMemoryOwner(args,
                          absl::StrCat(endpoint_->peer(), ":client_transport")),
          sizeof(ClientTransport))),
      stats_(std::make_shared<ChannelzStats>(args, *endpoint_, kTransportName)),
      call_resources_(
          std::make_shared<CallResources>(endpoint_->peer(), stats_)) {
  const ConnectionOptions options = ConnectionOptionsFromArgs(args);
  const std::shared_ptr<Clock> clock = TransportClockOf(args);
  state_tracker_ = std::make_shared<ConnectionStateTracker>(
      endpoint_->peer(), options.keepalive_time, clock, stats_);
  connection_ = ClientConnection::Create(
      std::make_unique<IomgrEndpoint>(endpoint_, clock.get()), clock.get(),
      options, state_tracker_);
  state_tracker_->SetReclaimer(reclaimer_);
  stats_->Show(connection_);
  ConnectionRegistry::Get()->Add(this, connection_);
}

ClientTransport::~ClientTransport() {
  ConnectionRegistry::Get()->Remove(this);
  Close(absl::UnavailableError("the channel was closed"));
}

void ClientTransport::Start(SliceBuffer leftover,
                            absl::AnyInvocable<void(absl::Status)> on_ready) {
  state_tracker_->WhenReady(std::move(on_ready));
  reclaimer_->Start(connection_);
  connection_->Start(std::move(leftover));
}

std::shared_ptr<GrpcCall> ClientTransport::NewCall(grpc_core::Arena* arena) {
  reclaimer_->OnCall();
  return std::make_shared<GrpcCall>(connection_.get(), call_resources_, arena);
}

void ClientTransport::PerformOp(grpc_transport_op* op) {
  if (!op->goaway_error.ok()) {
    connection_->Drain(StatusOfError(op->goaway_error));
  }
  // set_accept_stream is for servers.
  if (op->bind_pollset != nullptr) endpoint_->AddToPollset(op->bind_pollset);
  if (op->bind_pollset_set != nullptr) {
    endpoint_->AddToPollsetSet(op->bind_pollset_set);
  }
  if (op->send_ping.on_initiate != nullptr || op->send_ping.on_ack != nullptr) {
    HandlePing(op->send_ping.on_initiate, op->send_ping.on_ack);
  }
  if (op->start_connectivity_watch != nullptr) {
    state_tracker_->AddWatcher(op->start_connectivity_watch_state,
                               std::move(op->start_connectivity_watch));
  }
  if (op->stop_connectivity_watch != nullptr) {
    state_tracker_->RemoveWatcher(op->stop_connectivity_watch);
  }
  if (!op->disconnect_with_error.ok()) {
    Close(StatusOfError(op->disconnect_with_error));
  }
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, op->on_consumed, absl::OkStatus());
}

void ClientTransport::HandlePing(grpc_closure* on_initiate,
                                 grpc_closure* on_ack) {
  // gRPC may pass null: then nothing runs.
  const auto run = [](grpc_closure* closure) {
    return [closure](absl::Status status) {
      grpc_core::ExecCtx::Run(DEBUG_LOCATION, closure, std::move(status));
    };
  };
  connection_->Ping(run(on_initiate), run(on_ack));
}

void ClientTransport::Close(absl::Status why) {
  if (!std::exchange(closed_, true)) KeepGrpcWhileItLingers(endpoint_);
  connection_->Close(std::move(why));
}

}  // namespace loopy
