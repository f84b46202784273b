#ifndef LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTION_ATTEMPT_H_
#define LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTION_ATTEMPT_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "src/core/lib/iomgr/closure.h"
#include "transport/adapter/connect/handshake.h"
#include "transport/adapter/release.h"
#include "transport/adapter/transport/client_transport.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// Attempts to connect once. gRPC's handshakers do TCP, proxy and security; then
// there is a transport, which is usable when the server's SETTINGS have come.
// The deadline is for all of it.
//
//   auto attempt = MakeRefCounted<ConnectionAttempt>(args, &result, notify);
//   attempt->Start();          // notify runs once, later, with *result filled
//   attempt->Shutdown(error);  // notify runs soon, without a transport
//
// Threads: any, under an ExecCtx. Lifetime: holds a reference to itself from
// Start until notify has run. `on_ended` runs once, just before that, so that
// its owner does not keep it as long as the connection lives.
class ConnectionAttempt final
    : public grpc_core::RefCounted<ConnectionAttempt> {
 public:
  ConnectionAttempt(
      const grpc_core::SubchannelConnector::Args& args,
      grpc_core::SubchannelConnector::Result* result, grpc_closure* notify,
      absl::AnyInvocable<void(const ConnectionAttempt*)> on_ended);

  void Start();
  // Calling it twice, or after the attempt has ended, is harmless.
  void Shutdown(const grpc_error_handle& error);

 private:
  void OnHandshakeDone(absl::StatusOr<HandshakeResult> result);
  void StartTransport(HandshakeResult result);
  void OnTransportReady(const absl::Status& status);
  void OnDeadline();

  // Decides how the attempt ends. The first decision stands.
  void Decide(grpc_error_handle error);
  void OnHandshakingOver(std::unique_ptr<ClientTransport> transport);
  bool DeliverableLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static void Deliver(void* self, grpc_error_handle error);

  grpc_core::SubchannelConnector::Args args_;
  grpc_core::SubchannelConnector::Result* const result_;
  grpc_closure* const notify_;
  absl::AnyInvocable<void(const ConnectionAttempt*)> on_ended_;
  grpc_closure deliver_;
  // These are written before handshaking is over, and read after it.
  std::shared_ptr<Clock> clock_;  // the channel's, from the handshake's end on
  Clock::TimerHandle deadline_timer_ = 0;
  grpc_core::ChannelArgs channel_args_;

  // This is constant until the attempt is delivered, and null after that.
  grpc_core::RefCountedPtr<Handshake> handshake_;

  // The attempt is delivered once, when it is decided and handshaking is over.
  Mutex mu_{LockRank::kConnectionAttempt};
  absl::optional<grpc_error_handle> outcome_ ABSL_GUARDED_BY(mu_);
  bool handshaking_over_ ABSL_GUARDED_BY(mu_) = false;
  bool delivering_ ABSL_GUARDED_BY(mu_) = false;
  bool delivered_ ABSL_GUARDED_BY(mu_) = false;
  std::unique_ptr<ClientTransport> transport_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTION_ATTEMPT_H_
