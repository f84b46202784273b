#include "transport/adapter/connect/handshake.h"

#include <grpc/slice_buffer.h>
#include <grpc/support/alloc.h>

#include <string>
#include <utility>

#include "src/core/lib/address_utils/sockaddr_utils.h"
#include "src/core/lib/config/core_configuration.h"
#include "src/core/lib/iomgr/error.h"
#include "src/core/lib/transport/handshaker.h"
#include "src/core/lib/transport/handshaker_registry.h"
#include "src/core/lib/transport/tcp_connect_handshaker.h"

namespace loopy {
namespace {

class HandshakeV151 final : public Handshake {
 public:
  void Start(const grpc_core::SubchannelConnector::Args& args,
             OnDone on_done) override {
    const absl::StatusOr<std::string> address =
        grpc_sockaddr_to_uri(args.address);
    if (!address.ok()) {
      on_done(address.status());
      return;
    }
    on_done_ = std::move(on_done);
    const grpc_core::ChannelArgs channel_args =
        args.channel_args
            .Set(GRPC_ARG_TCP_HANDSHAKER_RESOLVED_ADDRESS, *address)
            .Set(GRPC_ARG_TCP_HANDSHAKER_BIND_ENDPOINT_TO_POLLSET, 1);
    grpc_core::CoreConfiguration::Get().handshaker_registry().AddHandshakers(
        grpc_core::HANDSHAKER_CLIENT, channel_args, args.interested_parties,
        manager_.get());
    Ref().release();  // OnManagerDone takes it back
    manager_->DoHandshake(/*endpoint=*/nullptr, channel_args, args.deadline,
                          /*acceptor=*/nullptr, OnManagerDone, this);
  }

  void Shutdown(const absl::Status& why) override { manager_->Shutdown(why); }

 private:
  static void OnManagerDone(void* arg, grpc_error_handle error) {
    auto* const args = static_cast<grpc_core::HandshakerArgs*>(arg);
    const grpc_core::RefCountedPtr<HandshakeV151> self(
        static_cast<HandshakeV151*>(args->user_data));
    if (!error.ok()) {
      self->on_done_(error);
    } else if (args->endpoint == nullptr) {
      self->on_done_(GRPC_ERROR_CREATE("a handshaker has kept the connection"));
    } else {
      HandshakeResult result;
      result.endpoint = std::exchange(args->endpoint, nullptr);
      result.args = args->args;
      grpc_slice_buffer_swap(result.leftover.c_buffer(), args->read_buffer);
      grpc_slice_buffer_destroy(args->read_buffer);
      gpr_free(std::exchange(args->read_buffer, nullptr));
      self->on_done_(std::move(result));
    }
  }

  const grpc_core::RefCountedPtr<grpc_core::HandshakeManager> manager_ =
      grpc_core::MakeRefCounted<grpc_core::HandshakeManager>();
  OnDone on_done_;
};

}  // namespace

grpc_core::RefCountedPtr<Handshake> Handshake::Create() {
  return grpc_core::MakeRefCounted<HandshakeV151>();
}

}  // namespace loopy
