#include "transport/adapter/connect/handshake.h"

#include <string>
#include <utility>

#include "src/core/config/core_configuration.h"
#include "src/core/handshaker/handshaker.h"
#include "src/core/handshaker/handshaker_registry.h"
#include "src/core/handshaker/tcp_connect/tcp_connect_handshaker.h"
#include "src/core/lib/address_utils/sockaddr_utils.h"
#include "src/core/lib/event_engine/endpoint_channel_arg_wrapper.h"
#include "src/core/lib/iomgr/error.h"
#include "src/core/lib/iomgr/event_engine_shims/endpoint.h"
#include "transport/releases/v1_83/io_loop_handshaker.h"

namespace loopy {
namespace {

using grpc_event_engine::experimental::EndpointChannelArgWrapper;
using grpc_event_engine::experimental::grpc_event_engine_endpoint_create;

// Returns the endpoint that the channel was created with, or null.
grpc_core::OrphanablePtr<grpc_endpoint> GivenEndpoint(
    const grpc_core::ChannelArgs& args) {
  grpc_core::OrphanablePtr<grpc_endpoint> endpoint;
  auto* const wrapper = args.GetObject<EndpointChannelArgWrapper>();
  if (wrapper == nullptr) return endpoint;
  auto given = wrapper->TakeEndpoint();
  if (given != nullptr) {
    endpoint.reset(grpc_event_engine_endpoint_create(std::move(given)));
  }
  return endpoint;
}

class HandshakeV183 final : public Handshake {
 public:
  void Start(const grpc_core::SubchannelConnector::Args& args,
             OnDone on_done) override {
    grpc_core::OrphanablePtr<grpc_endpoint> endpoint =
        GivenEndpoint(args.channel_args);
    grpc_core::ChannelArgs channel_args = args.channel_args;
    if (endpoint == nullptr) {
      const absl::StatusOr<std::string> address =
          grpc_sockaddr_to_uri(args.address);
      if (!address.ok()) {
        on_done(address.status());
        return;
      }
      channel_args =
          channel_args.Set(GRPC_ARG_TCP_HANDSHAKER_RESOLVED_ADDRESS, *address)
              .Set(GRPC_ARG_TCP_HANDSHAKER_BIND_ENDPOINT_TO_POLLSET, 1);
      channel_args = AskForIoLoop(std::move(channel_args));
    }
    grpc_core::CoreConfiguration::Get().handshaker_registry().AddHandshakers(
        grpc_core::HANDSHAKER_CLIENT, channel_args, args.interested_parties,
        manager_.get());
    manager_->DoHandshake(
        std::move(endpoint), channel_args, args.deadline, /*acceptor=*/nullptr,
        [self = Ref(), on_done = std::move(on_done)](
            absl::StatusOr<grpc_core::HandshakerArgs*> result) mutable {
          on_done(Take(std::move(result)));
        });
  }

  void Shutdown(const absl::Status& why) override { manager_->Shutdown(why); }

 private:
  static absl::StatusOr<HandshakeResult> Take(
      absl::StatusOr<grpc_core::HandshakerArgs*> result) {
    if (!result.ok()) return result.status();
    grpc_core::HandshakerArgs* const args = *result;
    if (args->endpoint == nullptr) {
      return GRPC_ERROR_CREATE("a handshaker has kept the connection");
    }
    HandshakeResult taken;
    taken.endpoint = args->endpoint.release();
    taken.args = args->args;
    grpc_slice_buffer_swap(taken.leftover.c_buffer(),
                           args->read_buffer.c_slice_buffer());
    return taken;
  }

  const grpc_core::RefCountedPtr<grpc_core::HandshakeManager> manager_ =
      grpc_core::MakeRefCounted<grpc_core::HandshakeManager>();
};

}  // namespace

grpc_core::RefCountedPtr<Handshake> Handshake::Create() {
  return grpc_core::MakeRefCounted<HandshakeV183>();
}

}  // namespace loopy
