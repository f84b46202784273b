#ifndef LOOPY_TRANSPORT_ADAPTER_CONNECT_HANDSHAKE_H_
#define LOOPY_TRANSPORT_ADAPTER_CONNECT_HANDSHAKE_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "transport/adapter/release.h"
#include "transport/base/slice.h"

namespace loopy {

// The result of the handshakers.
struct HandshakeResult {
  grpc_endpoint* endpoint;  // the receiver's
  grpc_core::ChannelArgs args;
  SliceBuffer leftover;  // bytes that were read beyond the handshake
};

// Establishes a connection up to where HTTP/2 begins: TCP, proxy and security,
// by gRPC's handshakers. The release defines it.
//
//   auto handshake = Handshake::Create();
//   handshake->Start(args, on_done);  // on_done runs once
//   handshake->Shutdown(error);       // on_done runs soon, with an error
//
// Threads: any, under an ExecCtx. Lifetime: holds itself until on_done has run.
class Handshake : public grpc_core::RefCounted<Handshake> {
 public:
  using OnDone = absl::AnyInvocable<void(absl::StatusOr<HandshakeResult>)>;

  static grpc_core::RefCountedPtr<Handshake> Create();

  // Called once. `on_done` may run, and release this object, before it returns.
  virtual void Start(const grpc_core::SubchannelConnector::Args& args,
                     OnDone on_done) = 0;
  virtual void Shutdown(const absl::Status& why) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CONNECT_HANDSHAKE_H_
