#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_IO_LOOP_HANDSHAKER_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_IO_LOOP_HANDSHAKER_H_

#include "src/core/config/core_configuration.h"
#include "src/core/lib/channel/channel_args.h"

namespace loopy {

// A handshaker that comes after TCP's and before those of proxies and of
// security. It takes the socket out of the EventEngine's endpoint and puts an
// IoLoopEndpoint in its place. Only connections that ask for it have it.

// Adds the handshaker to those of clients.
void RegisterIoLoopHandshaker(grpc_core::CoreConfiguration::Builder* builder);

// Returns the arguments of a connection's handshakers so that they use the
// IoLoop, or unchanged ones if the channel has an EventEngine of its own, wants
// what only the EventEngine's endpoints do, or has loopy.io_loop=0, or if the
// environment has LOOPY_IO_LOOP=0.
grpc_core::ChannelArgs AskForIoLoop(grpc_core::ChannelArgs args);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_IO_LOOP_HANDSHAKER_H_
