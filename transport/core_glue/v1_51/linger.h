#ifndef LOOPY_TRANSPORT_CORE_GLUE_V1_51_LINGER_H_
#define LOOPY_TRANSPORT_CORE_GLUE_V1_51_LINGER_H_

#include <memory>

#include "transport/core_glue/v1_51/shared_endpoint.h"

namespace loopy {

// A connection whose write is stuck may outlive its channel for the linger
// time, with nobody but gRPC itself to look after its socket: iomgr's TCP polls
// for every write that waits, on a thread of its own (its "backup poller").

// Keeps gRPC initialised until `endpoint` is destroyed. Once per endpoint;
// needs an ExecCtx.
void KeepGrpcWhileItLingers(const std::shared_ptr<SharedEndpoint>& endpoint);

// To be called when a connection has ended whose writes had to wait. The backup
// poller need not have noticed: it may sleep for 10 s more, in which gRPC's
// shutdown would wait for it, and whoever initialises gRPC anew would wait for
// that. This wakes it. Any thread.
void WakeBackupPoller();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_V1_51_LINGER_H_
