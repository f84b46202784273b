#ifndef LOOPY_TRANSPORT_CORE_GLUE_TRANSPORT_CLOCK_H_
#define LOOPY_TRANSPORT_CORE_GLUE_TRANSPORT_CLOCK_H_

#include "transport/base/clock.h"

namespace loopy {

// The clock of all connections: gRPC's monotonic time, and the timers of its
// generation, which defines this. Callbacks run under an ExecCtx. A timer is
// meant for a connection (keepalive, linger, ...), not for each call.
//
// Threads: any, with or without an ExecCtx. Lifetime: the process's. Timers
// need an initialised gRPC; those left when it shuts down are dropped.
Clock* TransportClock();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_TRANSPORT_CLOCK_H_
