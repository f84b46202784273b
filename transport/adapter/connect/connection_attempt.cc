#include "transport/adapter/connect/connection_attempt.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/lib/iomgr/error.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/endpoint/transport_clock.h"

namespace loopy {

ConnectionAttempt::ConnectionAttempt(
    const grpc_core::SubchannelConnector::Args& args,
    grpc_core::SubchannelConnector::Result* result, grpc_closure* notify,
    absl::AnyInvocable<void(const ConnectionAttempt*)> on_ended)
    : args_(args),
      result_(result),
      notify_(notify),
      on_ended_(std::move(on_ended)),
      handshake_(Handshake::Create()) {
  GRPC_CLOSURE_INIT(&deliver_, Deliver, this, grpc_schedule_on_exec_ctx);
}

void ConnectionAttempt::Start() {
  Ref().release();  // Deliver takes it back
  // The attempt may have ended before Start returns.
  const grpc_core::RefCountedPtr<Handshake> handshake = handshake_;
  handshake->Start(args_,
                   [self = Ref()](absl::StatusOr<HandshakeResult> result) {
                     self->OnHandshakeDone(std::move(result));
                   });
}

void ConnectionAttempt::Shutdown(const grpc_error_handle& error) {
  grpc_core::RefCountedPtr<Handshake> handshake;
  {
    MutexLock lock(&mu_);
    if (delivered_) return;
    outcome_ = error;  // the transport is not delivered
    if (DeliverableLocked()) {
      grpc_core::ExecCtx::Run(DEBUG_LOCATION, &deliver_, absl::OkStatus());
    }
    if (handshaking_over_) return;
    handshake = handshake_;
  }
  handshake->Shutdown(error);
}

void ConnectionAttempt::OnHandshakeDone(
    absl::StatusOr<HandshakeResult> result) {
  if (!result.ok()) {
    Decide(result.status());
    OnHandshakingOver(nullptr);
    return;
  }
  bool shut_down;
  {
    MutexLock lock(&mu_);
    shut_down = outcome_.has_value();
  }
  if (shut_down) {
    ShutdownEndpoint(result->endpoint, GRPC_ERROR_CREATE("connector shutdown"));
    grpc_endpoint_destroy(result->endpoint);
    OnHandshakingOver(nullptr);
  } else {
    StartTransport(*std::move(result));
  }
}

void ConnectionAttempt::StartTransport(HandshakeResult result) {
  auto transport =
      std::make_unique<ClientTransport>(result.args, result.endpoint);
  transport->endpoint()->SetPollsetSet(args_.interested_parties);
  channel_args_ = std::move(result.args);
  const grpc_core::Duration left = args_.deadline - grpc_core::Timestamp::Now();
  clock_ = TransportClockOf(channel_args_);
  deadline_timer_ = clock_->RunAfter(absl::Milliseconds(left.millis()),
                                     [self = Ref()] { self->OnDeadline(); });
  transport->Start(
      std::move(result.leftover),
      [self = Ref()](absl::Status status) { self->OnTransportReady(status); });
  // The transport may be destroyed only now.
  OnHandshakingOver(std::move(transport));
}

void ConnectionAttempt::OnTransportReady(const absl::Status& status) {
  if (status.ok()) {
    Decide(absl::OkStatus());
    return;
  }
  Decide(absl::UnavailableError(absl::StrCat(
      "connected, but no HTTP/2 SETTINGS came: ", status.message())));
}

void ConnectionAttempt::OnDeadline() {
  Decide(absl::UnavailableError(
      "connection attempt timed out before receiving SETTINGS frame"));
}

void ConnectionAttempt::Decide(grpc_error_handle error) {
  MutexLock lock(&mu_);
  if (!outcome_.has_value()) outcome_ = std::move(error);
  if (DeliverableLocked()) {
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, &deliver_, absl::OkStatus());
  }
}

void ConnectionAttempt::OnHandshakingOver(
    std::unique_ptr<ClientTransport> transport) {
  MutexLock lock(&mu_);
  handshaking_over_ = true;
  transport_ = std::move(transport);
  if (DeliverableLocked()) {
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, &deliver_, absl::OkStatus());
  }
}

bool ConnectionAttempt::DeliverableLocked() {
  if (!outcome_.has_value() || !handshaking_over_) return false;
  return !std::exchange(delivering_, true);
}

void ConnectionAttempt::Deliver(void* arg, grpc_error_handle /*error*/) {
  const grpc_core::RefCountedPtr<ConnectionAttempt> self(
      static_cast<ConnectionAttempt*>(arg));
  grpc_error_handle outcome;
  std::unique_ptr<ClientTransport> transport;
  {
    MutexLock lock(&self->mu_);
    self->delivered_ = true;
    outcome = *self->outcome_;
    self->handshake_.reset();
    transport = std::move(self->transport_);
  }
  if (self->clock_ != nullptr) self->clock_->Cancel(self->deadline_timer_);
  if (transport != nullptr) transport->endpoint()->LeavePollsetSet();
  if (outcome.ok()) {
    self->result_->channel_args = std::move(self->channel_args_);
    FinishConnecting(std::move(transport), self->result_);
  } else {
    transport.reset();
    self->result_->Reset();
  }
  std::exchange(self->on_ended_, nullptr)(self.get());
  grpc_core::Closure::Run(DEBUG_LOCATION, self->notify_, outcome);
}

}  // namespace loopy
