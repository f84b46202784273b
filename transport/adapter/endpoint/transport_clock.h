#ifndef LOOPY_TRANSPORT_ADAPTER_ENDPOINT_TRANSPORT_CLOCK_H_
#define LOOPY_TRANSPORT_ADAPTER_ENDPOINT_TRANSPORT_CLOCK_H_

#include <memory>

#include "transport/base/clock.h"

namespace grpc_core {
class ChannelArgs;
}  // namespace grpc_core

namespace loopy {

// Returns the clock of connections: gRPC's monotonic time, and the release's
// timers. Callbacks run under an ExecCtx. A timer is meant for a connection
// (keepalive, linger, ...), not for each call. The release defines it.
//
// Threads: any, with or without an ExecCtx. Lifetime: the process's. Timers
// need an initialised gRPC; those left when it shuts down are dropped.
Clock* TransportClock();

// Returns the clock of a channel's connections: the one above, unless the
// channel has an EventEngine of its own (gRPC 1.83), whose timers it then has.
std::shared_ptr<Clock> TransportClockOf(const grpc_core::ChannelArgs& args);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_ENDPOINT_TRANSPORT_CLOCK_H_
