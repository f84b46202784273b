#ifndef LOOPY_TRANSPORT_ADAPTER_ENDPOINT_LINGER_H_
#define LOOPY_TRANSPORT_ADAPTER_ENDPOINT_LINGER_H_

#include <memory>

#include "transport/adapter/endpoint/shared_endpoint.h"

namespace loopy {

// A connection whose write is stuck may outlive its channel for the linger
// time. Nobody but gRPC itself then looks after its socket.

// Keeps gRPC initialised until `endpoint` is destroyed. Once per endpoint;
// needs an ExecCtx.
void KeepGrpcWhileItLingers(const std::shared_ptr<SharedEndpoint>& endpoint);

// Wakes gRPC's poller, where it need not have noticed the end of the
// connection. It is called when a connection whose writes had to wait has
// ended. Threads: any. The release defines it.
void AfterWritesThatWaited();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_ENDPOINT_LINGER_H_
