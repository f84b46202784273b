#include "transport/adapter/channel/connection_options_from_args.h"

namespace loopy {

void ReadArgsOfThisRelease(const grpc_core::ChannelArgs& /*args*/,
                           ConnectionOptions* /*options*/) {}

}  // namespace loopy
