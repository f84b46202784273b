#include "transport/adapter/registration/registration.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "loopy/channel_arg_names.h"
#include "src/core/ext/transport/chttp2/server/chttp2_server.h"
#include "src/core/lib/surface/channel.h"
#include "src/core/lib/surface/channel_create.h"
#include "src/core/transport/endpoint_transport.h"
#include "src/core/transport/endpoint_transport_client_channel_factory.h"
#include "transport/adapter/call/wait_filter.h"
#include "transport/adapter/connect/connector.h"
#include "transport/releases/v1_83/io_loop_handshaker.h"
#include "transport/releases/v1_83/one_message_filter.h"

namespace loopy {
namespace {

using grpc_core::ChannelArgs;
using grpc_core::CoreConfiguration;
using grpc_core::EndpointTransportRegistry;

// The transport's entry in gRPC's registry.
constexpr char kName[] = "loopy";

using RegistryBuilder = EndpointTransportRegistry::Builder;
using TransportMap =
    std::map<std::string, std::unique_ptr<grpc_core::EndpointTransport>>;

const TransportMap& TransportsOf(const RegistryBuilder& builder);

// Defines the function above. It is instantiated below with gRPC's private
// member.
template <TransportMap RegistryBuilder::*transports>
struct GrantAccess {
  friend const TransportMap& TransportsOf(const RegistryBuilder& builder) {
    return builder.*transports;
  }
};
template struct GrantAccess<&RegistryBuilder::transports_>;

class EndpointTransport final : public grpc_core::EndpointTransport {
 public:
  absl::StatusOr<grpc_channel*> ChannelCreate(
      std::string target, const ChannelArgs& args) override {
    auto channel = grpc_core::ChannelCreate(
        std::move(target),
        args.SetObject(
            grpc_core::EndpointTransportClientChannelFactory<Connector>()),
        GRPC_CLIENT_CHANNEL, /*optional_transport=*/nullptr);
    if (!channel.ok()) return channel.status();
    return channel->release()->c_ptr();
  }

  // Servers read the same argument, and keep the built-in transport.
  absl::StatusOr<int> AddPort(grpc_core::Server* server, std::string address,
                              const ChannelArgs& args) override {
    return grpc_core::Chttp2ServerAddPort(server, address.c_str(), args);
  }
};

// Returns loopy.transport in the words of gRPC's own argument.
ChannelArgs NameTransport(ChannelArgs args,
                          DefaultTransport default_transport) {
  const absl::optional<bool> chosen = ChosenTransport(args);
  if (chosen == true) {
    return args.Set(GRPC_ARG_PREFERRED_TRANSPORT_PROTOCOLS, kName);
  }
  if (chosen == false) {
    return args.GetString(GRPC_ARG_PREFERRED_TRANSPORT_PROTOCOLS) == kName
               ? args.Remove(GRPC_ARG_PREFERRED_TRANSPORT_PROTOCOLS)
               : args;
  }
  if (default_transport == DefaultTransport::kBuiltIn) return args;
  return args.SetIfUnset(GRPC_ARG_PREFERRED_TRANSPORT_PROTOCOLS, kName);
}

template <typename Filter>
grpc_channel_filter MakeFilter(grpc_core::UniqueTypeName name) {
  return {
      Filter::StartBatch,
      grpc_channel_next_op,
      sizeof(typename Filter::Call),
      Filter::InitCall,
      grpc_call_stack_ignore_set_pollset_or_pollset_set,
      Filter::DestroyCall,
      /*sizeof_channel_data=*/0,
      Filter::InitChannel,
      grpc_channel_stack_no_post_init,
      Filter::DestroyChannel,
      grpc_channel_next_get_info,
      name,
  };
}

const grpc_channel_filter* GetWaitFilter() {
  static const grpc_channel_filter filter =
      MakeFilter<WaitFilter>(GRPC_UNIQUE_TYPE_NAME_HERE("loopy_wait"));
  return &filter;
}

const grpc_channel_filter* GetOneMessageFilter() {
  static const grpc_channel_filter filter = MakeFilter<OneMessageFilter>(
      GRPC_UNIQUE_TYPE_NAME_HERE("loopy_one_message"));
  return &filter;
}

bool ChoosesTransport(const ChannelArgs& args) {
  return args.GetString(GRPC_ARG_PREFERRED_TRANSPORT_PROTOCOLS) == kName;
}

bool WantsWaitFilter(const ChannelArgs& args) {
  return ChoosesTransport(args) &&
         args.GetBool(kExplainWaitsArg).value_or(true);
}

bool WantsOneMessageFilter(const ChannelArgs& args) {
  return ChoosesTransport(args) &&
         args.GetBool(GRPC_ARG_ENABLE_RETRIES).value_or(true);
}

}  // namespace

void AddTransport(CoreConfiguration::Builder* builder,
                  DefaultTransport default_transport) {
  // It is there already if the program has registered it before the preload
  // does.
  if (TransportsOf(*builder->endpoint_transport_registry()).count(kName) == 0) {
    builder->endpoint_transport_registry()->RegisterTransport(
        kName, std::make_unique<EndpointTransport>());
    RegisterIoLoopHandshaker(builder);
    builder->channel_init()
        ->RegisterFilter(GRPC_CLIENT_CHANNEL, GetWaitFilter())
        .If(WantsWaitFilter)
        .SkipV3();
    builder->channel_init()
        ->RegisterFilter(GRPC_CLIENT_SUBCHANNEL, GetOneMessageFilter())
        .If(WantsOneMessageFilter)
        .SkipV3()
        .FloatToTop();
  }
  builder->channel_args_preconditioning()->RegisterStage(
      [default_transport](ChannelArgs args) {
        return NameTransport(std::move(args), default_transport);
      });
}

bool IsRegisteredWithCore() {
  return CoreConfiguration::Get().endpoint_transport_registry().GetTransport(
             kName) != nullptr;
}

}  // namespace loopy
