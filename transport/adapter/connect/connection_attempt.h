#ifndef LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTION_ATTEMPT_H_
#define LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTION_ATTEMPT_H_

#include <memory>

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

// One attempt to connect: TCP, proxy and security by gRPC's handshakers, then a
// transport, which counts when the server's SETTINGS have come; all of it
// within the deadline.
//
//   auto attempt = MakeRefCounted<ConnectionAttempt>(args, &result, notify);
//   attempt->Start();          // notify runs once, later, with *result filled
//   attempt->Shutdown(error);  // notify runs soon, without a transport
//
// Threads: any, under an ExecCtx. Lifetime: holds a reference to itself from
// Start until notify has run. The connector keeps it as long as the connection
// lives, so it lets go of the handshakers and channel arguments, some KiB, when
// it has ended.
class ConnectionAttempt final
    : public grpc_core::RefCounted<ConnectionAttempt> {
 public:
  ConnectionAttempt(const grpc_core::SubchannelConnector::Args& args,
                    grpc_core::SubchannelConnector::Result* result,
                    grpc_closure* notify);

  void Start();
  // Twice is harmless, also when the attempt has ended.
  void Shutdown(const grpc_error_handle& error);

 private:
  void OnHandshakeDone(absl::StatusOr<HandshakeResult> result);
  void StartTransport(HandshakeResult result);
  void OnTransportReady(const absl::Status& status);
  void OnDeadline();

  // The first word on how the attempt ends.
  void Decide(grpc_error_handle error);
  void OnHandshakingOver(std::unique_ptr<ClientTransport> core);
  bool DeliverableLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static void Deliver(void* self, grpc_error_handle error);

  grpc_core::SubchannelConnector::Args args_;
  grpc_core::SubchannelConnector::Result* const result_;
  grpc_closure* const notify_;
  grpc_closure deliver_;
  // Written before handshaking is over, read after it.
  std::shared_ptr<Clock> clock_;  // the channel's, once it is connected
  Clock::TimerHandle deadline_timer_ = 0;
  grpc_core::ChannelArgs channel_args_;

  // Constant until the attempt is delivered, then null.
  grpc_core::RefCountedPtr<Handshake> handshake_;

  // Delivered once, when it is decided and handshaking is over.
  Mutex mu_;
  absl::optional<grpc_error_handle> outcome_ ABSL_GUARDED_BY(mu_);
  bool handshaking_over_ ABSL_GUARDED_BY(mu_) = false;
  bool delivering_ ABSL_GUARDED_BY(mu_) = false;
  bool delivered_ ABSL_GUARDED_BY(mu_) = false;
  std::unique_ptr<ClientTransport> core_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTION_ATTEMPT_H_
