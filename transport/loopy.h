#ifndef LOOPY_TRANSPORT_LOOPY_H_
#define LOOPY_TRANSPORT_LOOPY_H_

#include "transport/adapter/channel/channel_arg_names.h"

namespace grpc {
class ChannelArguments;
}  // namespace grpc

// grpc-loopy: a client transport for gRPC C++ that no peer can hang.
//
//   loopy::RegisterTransport();
//   grpc::ChannelArguments args;
//   loopy::UseTransport(&args);
//   auto channel = grpc::CreateCustomChannel(target, credentials, args);
//
// This header is the whole API. Channel arguments:
//
//   loopy.transport (kTransportArg), integer
//       1: this transport. 0: gRPC's built-in one, which is also the default
//       unless libloopy_preload.so is preloaded.
//   loopy.goaway_timeout_ms (kGoAwayTimeoutArg), integer, default 1000
//       How long a connection that was closed may wait for its GOAWAY to be
//       written before its socket is closed. Nobody waits for it.
//
// Environment: LOOPY_TRANSPORT=0 keeps every channel of the process on the
// built-in transport. GRPC_TRACE=loopy (or loopy_connection, loopy_http, ...)
// with GRPC_VERBOSITY=info shows what it does.
namespace loopy {

// Makes this transport known to gRPC; each channel still has to choose it.
// Idempotent; any thread; before or after grpc_init, but not while another
// thread replaces gRPC's core configuration, as gRPC's own tests do. Channels
// that exist keep the transport they have.
//
// With a gRPC that is not the one this library was built for (1.51.1 or 1.83.0)
// one line goes to the log, and channels keep the built-in transport.
void RegisterTransport();

// Sets loopy.transport to 1.
void UseTransport(grpc::ChannelArguments* arguments);

// Of this library, such as "0.1.0".
const char* Version();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_LOOPY_H_
