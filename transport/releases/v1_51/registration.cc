#include "transport/adapter/registration/registration.h"

#include "absl/status/statusor.h"
#include "loopy/channel_arg_names.h"
#include "src/core/ext/filters/client_channel/client_channel_factory.h"
#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/channel/channel_stack.h"
#include "src/core/lib/channel/channel_stack_builder.h"
#include "src/core/lib/debug/trace.h"
#include "src/core/lib/surface/channel_init.h"
#include "src/core/lib/surface/channel_stack_type.h"
#include "transport/adapter/call/wait_filter.h"
#include "transport/releases/v1_51/client_channel_factory.h"

namespace loopy {
namespace {

// gRPC complains about names in GRPC_TRACE that it does not know. These make it
// know those of base/trace.h; nobody reads them.
grpc_core::TraceFlag all_flags(false, "loopy");
grpc_core::TraceFlag http_flag(false, "loopy_http");
grpc_core::TraceFlag writer_flag(false, "loopy_writer");
grpc_core::TraceFlag reader_flag(false, "loopy_reader");
grpc_core::TraceFlag flow_flag(false, "loopy_flow");
grpc_core::TraceFlag stream_flag(false, "loopy_stream");
grpc_core::TraceFlag connection_flag(false, "loopy_connection");
grpc_core::TraceFlag adapter_flag(false, "loopy_adapter");

const grpc_channel_filter* GetWaitFilter() {
  static const grpc_channel_filter filter = {
      WaitFilter::StartBatch,
      /*make_call_promise=*/nullptr,
      grpc_channel_next_op,
      sizeof(WaitFilter::Call),
      WaitFilter::InitCall,
      grpc_call_stack_ignore_set_pollset_or_pollset_set,
      WaitFilter::DestroyCall,
      /*sizeof_channel_data=*/0,
      WaitFilter::InitChannel,
      grpc_channel_stack_no_post_init,
      WaitFilter::DestroyChannel,
      grpc_channel_next_get_info,
      "loopy_wait",
  };
  return &filter;
}

// Lets the stages set a channel stack's arguments. The stack is never built.
class ProbeStackBuilder final : public grpc_core::ChannelStackBuilder {
 public:
  ProbeStackBuilder()
      : ChannelStackBuilder("loopy_probe", GRPC_CLIENT_CHANNEL,
                            grpc_core::ChannelArgs().Set(kTransportArg, 1)) {}

  bool IsPromising() const override { return false; }
  absl::StatusOr<grpc_core::RefCountedPtr<grpc_channel_stack>> Build()
      override {
    return absl::UnimplementedError("a probe");
  }
};

}  // namespace

// Adds a stage that gives channels that choose this transport our
// ClientChannelFactory. gRPC puts its own into a channel's arguments after
// preconditioning, so this is the first chance to replace it; the client
// channel filter looks for it later.
void AddTransport(grpc_core::CoreConfiguration::Builder* builder,
                  DefaultTransport default_transport) {
  builder->channel_init()->RegisterStage(
      GRPC_CLIENT_CHANNEL, GRPC_CHANNEL_INIT_BUILTIN_PRIORITY,
      [default_transport](grpc_core::ChannelStackBuilder* stack) {
        const grpc_core::ChannelArgs& args = stack->channel_args();
        if (ChosenTransport(args).value_or(default_transport ==
                                           DefaultTransport::kLoopy)) {
          if (args.GetObject<grpc_core::ClientChannelFactory>() ==
              ClientChannelFactory::Get()) {
            return true;  // the program and the preload have both been here
          }
          if (args.GetBool(kExplainWaitsArg).value_or(true)) {
            stack->PrependFilter(GetWaitFilter());
          }
          // The stack has no setter for its arguments, and returns them as
          // const.
          const_cast<grpc_core::ChannelArgs&>(args) =
              args.SetObject(ClientChannelFactory::Get());
        }
        return true;
      });
}

bool IsRegisteredWithCore() {
  ProbeStackBuilder probe;
  return grpc_core::CoreConfiguration::Get().channel_init().CreateStack(
             &probe) &&
         probe.channel_args().GetObject<grpc_core::ClientChannelFactory>() ==
             ClientChannelFactory::Get();
}

}  // namespace loopy
