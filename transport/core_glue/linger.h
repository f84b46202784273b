#ifndef LOOPY_TRANSPORT_CORE_GLUE_LINGER_H_
#define LOOPY_TRANSPORT_CORE_GLUE_LINGER_H_

#include <memory>

#include "transport/core_glue/shared_endpoint.h"

namespace loopy {

// A connection whose write is stuck may outlive its channel for the linger
// time, with nobody but gRPC itself to look after its socket.

// Keeps gRPC initialised until `endpoint` is destroyed. Once per endpoint;
// needs an ExecCtx.
void KeepGrpcWhileItLingers(const std::shared_ptr<SharedEndpoint>& endpoint);

// To be called when a connection has ended whose writes had to wait. The
// generation defines it: some have a poller that need not have noticed. Any
// thread.
void AfterWritesThatWaited();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_LINGER_H_
