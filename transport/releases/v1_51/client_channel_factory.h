#ifndef LOOPY_TRANSPORT_RELEASES_V1_51_CLIENT_CHANNEL_FACTORY_H_
#define LOOPY_TRANSPORT_RELEASES_V1_51_CLIENT_CHANNEL_FACTORY_H_

#include "src/core/ext/filters/client_channel/client_channel_factory.h"
#include "src/core/ext/filters/client_channel/subchannel.h"
#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/gprpp/ref_counted_ptr.h"
#include "src/core/lib/iomgr/resolved_address.h"

namespace loopy {

// Makes the subchannels of a channel that uses this transport, with the
// security of the channel's credentials and with our connector.
//
// Threads: any. Lifetime: the process's, one for all channels.
class ClientChannelFactory final : public grpc_core::ClientChannelFactory {
 public:
  static grpc_core::ClientChannelFactory* Get();

  // Returns null, with a line in the log, if the credentials make no security.
  grpc_core::RefCountedPtr<grpc_core::Subchannel> CreateSubchannel(
      const grpc_resolved_address& address,
      const grpc_core::ChannelArgs& args) override;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_51_CLIENT_CHANNEL_FACTORY_H_
