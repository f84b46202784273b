#ifndef LOOPY_TRANSPORT_CORE_GLUE_CONNECTION_OPTIONS_FROM_ARGS_H_
#define LOOPY_TRANSPORT_CORE_GLUE_CONNECTION_OPTIONS_FROM_ARGS_H_

#include "src/core/lib/channel/channel_args.h"
#include "transport/connection/connection_options.h"

namespace loopy {

// What a channel's arguments ask of its connections. gRPC's own arguments mean
// what they mean to chttp2: the same defaults, the same bounds, and a value
// that chttp2 passes over is passed over. What is out of bounds for
// loopy.goaway_timeout_ms gets a line in the log.
ConnectionOptions ConnectionOptionsFromArgs(const grpc_core::ChannelArgs& args);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_CONNECTION_OPTIONS_FROM_ARGS_H_
