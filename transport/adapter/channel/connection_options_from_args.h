#ifndef LOOPY_TRANSPORT_ADAPTER_CHANNEL_CONNECTION_OPTIONS_FROM_ARGS_H_
#define LOOPY_TRANSPORT_ADAPTER_CHANNEL_CONNECTION_OPTIONS_FROM_ARGS_H_

#include "src/core/lib/channel/channel_args.h"
#include "transport/base/connection_options.h"

namespace loopy {

// Reads a connection's options from its channel's arguments. gRPC's own
// arguments mean what they mean to chttp2: they have the same defaults and
// bounds, and a value that chttp2 ignores is ignored. A value out of bounds for
// our own arguments gets a line in the log.
ConnectionOptions ConnectionOptionsFromArgs(const grpc_core::ChannelArgs& args);

// Reads the arguments, and sets the defaults, that not every release of gRPC
// has. The release defines it.
void ReadArgsOfThisRelease(const grpc_core::ChannelArgs& args,
                           ConnectionOptions* options);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CHANNEL_CONNECTION_OPTIONS_FROM_ARGS_H_
