#include "transport/core_glue/v1_51/connection_attempt.h"

#include <grpc/slice_buffer.h>
#include <grpc/support/alloc.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "src/core/lib/address_utils/sockaddr_utils.h"
#include "src/core/lib/config/core_configuration.h"
#include "src/core/lib/gprpp/debug_location.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/transport/handshaker_registry.h"
#include "src/core/lib/transport/tcp_connect_handshaker.h"
#include "src/core/lib/transport/transport.h"
#include "transport/core_glue/v1_51/iomgr_clock.h"

namespace loopy {
namespace {

SliceBuffer TakeLeftover(grpc_core::HandshakerArgs* args) {
  SliceBuffer leftover;
  grpc_slice_buffer_swap(leftover.c_buffer(), args->read_buffer);
  grpc_slice_buffer_destroy(args->read_buffer);
  gpr_free(std::exchange(args->read_buffer, nullptr));
  return leftover;
}

}  // namespace

ConnectionAttempt::ConnectionAttempt(
    const grpc_core::SubchannelConnector::Args& args,
    grpc_core::SubchannelConnector::Result* result, grpc_closure* notify)
    : args_(args),
      result_(result),
      notify_(notify),
      handshakes_(grpc_core::MakeRefCounted<grpc_core::HandshakeManager>()) {
  GRPC_CLOSURE_INIT(&deliver_, Deliver, this, grpc_schedule_on_exec_ctx);
}

void ConnectionAttempt::Start() {
  Ref().release();  // Deliver's
  const absl::StatusOr<std::string> address =
      grpc_sockaddr_to_uri(args_.address);
  if (!address.ok()) {
    Decide(address.status());
    OnHandshakingOver(nullptr);
    return;
  }
  const grpc_core::ChannelArgs channel_args =
      args_.channel_args.Set(GRPC_ARG_TCP_HANDSHAKER_RESOLVED_ADDRESS, *address)
          .Set(GRPC_ARG_TCP_HANDSHAKER_BIND_ENDPOINT_TO_POLLSET, 1);
  // The attempt may have ended before DoHandshake returns.
  const grpc_core::RefCountedPtr<grpc_core::HandshakeManager> handshakes =
      handshakes_;
  grpc_core::CoreConfiguration::Get().handshaker_registry().AddHandshakers(
      grpc_core::HANDSHAKER_CLIENT, channel_args, args_.interested_parties,
      handshakes.get());
  handshakes->DoHandshake(/*endpoint=*/nullptr, channel_args, args_.deadline,
                          /*acceptor=*/nullptr, OnHandshakeDone, this);
}

void ConnectionAttempt::Shutdown(const grpc_error_handle& error) {
  grpc_core::RefCountedPtr<grpc_core::HandshakeManager> handshakes;
  {
    MutexLock lock(&mu_);
    if (delivered_) return;
    outcome_ = error;  // a transport that is about to be delivered is not
    if (DeliverableLocked()) {
      grpc_core::ExecCtx::Run(DEBUG_LOCATION, &deliver_, absl::OkStatus());
    }
    if (handshaking_over_) return;
    handshakes = handshakes_;
  }
  handshakes->Shutdown(error);
}

void ConnectionAttempt::OnHandshakeDone(void* arg, grpc_error_handle error) {
  auto* const args = static_cast<grpc_core::HandshakerArgs*>(arg);
  auto* const self = static_cast<ConnectionAttempt*>(args->user_data);
  if (error.ok()) {
    self->HandleHandshakeDone(args);
  } else {
    self->Decide(error);
    self->OnHandshakingOver(nullptr);
  }
}

void ConnectionAttempt::HandleHandshakeDone(grpc_core::HandshakerArgs* args) {
  if (args->endpoint == nullptr) {
    Decide(GRPC_ERROR_CREATE("a handshaker has kept the connection"));
    OnHandshakingOver(nullptr);
    return;
  }
  bool shut_down;
  {
    MutexLock lock(&mu_);
    shut_down = outcome_.has_value();
  }
  if (shut_down) {
    TakeLeftover(args);
    grpc_endpoint_shutdown(args->endpoint,
                           GRPC_ERROR_CREATE("connector shutdown"));
    grpc_endpoint_destroy(args->endpoint);
    OnHandshakingOver(nullptr);
  } else {
    StartTransport(args);
  }
}

void ConnectionAttempt::StartTransport(grpc_core::HandshakerArgs* args) {
  Transport* const transport = Transport::Create(args->args, args->endpoint);
  transport->endpoint()->SetPollsetSet(args_.interested_parties);
  channel_args_ = args->args;
  const grpc_core::Duration left = args_.deadline - grpc_core::Timestamp::Now();
  deadline_timer_ =
      IomgrClock::Get()->RunAfter(absl::Milliseconds(left.millis()),
                                  [self = Ref()] { self->OnDeadline(); });
  transport->Start(TakeLeftover(args), [self = Ref()](absl::Status status) {
    self->OnSettled(status);
  });
  // Only now may the transport be destroyed.
  OnHandshakingOver(transport);
}

void ConnectionAttempt::OnSettled(const absl::Status& status) {
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

void ConnectionAttempt::OnHandshakingOver(Transport* transport) {
  MutexLock lock(&mu_);
  handshaking_over_ = true;
  transport_ = transport;
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
  Transport* transport;
  {
    MutexLock lock(&self->mu_);
    self->delivered_ = true;
    outcome = *self->outcome_;
    self->handshakes_.reset();
    transport = std::exchange(self->transport_, nullptr);
  }
  IomgrClock::Get()->Cancel(self->deadline_timer_);
  if (transport != nullptr) transport->endpoint()->LeavePollsetSet();
  if (outcome.ok()) {
    self->result_->transport = transport;
    self->result_->socket_node = transport->socket_node();
    self->result_->channel_args = std::move(self->channel_args_);
  } else {
    if (transport != nullptr) grpc_transport_destroy(transport);
    self->result_->Reset();
  }
  self->args_.channel_args = grpc_core::ChannelArgs();
  grpc_core::Closure::Run(DEBUG_LOCATION, self->notify_, outcome);
}

}  // namespace loopy
