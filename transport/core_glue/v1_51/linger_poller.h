#ifndef LOOPY_TRANSPORT_CORE_GLUE_V1_51_LINGER_POLLER_H_
#define LOOPY_TRANSPORT_CORE_GLUE_V1_51_LINGER_POLLER_H_

#include <memory>

#include "transport/core_glue/v1_51/shared_endpoint.h"

namespace loopy {

// Sees to it that a connection that lingers gets its socket's events, though
// perhaps no thread polls for it any more: its GOAWAY is still written when the
// peer reads again.
//
//   connection->Close(why);
//   PollWhileItLingers(endpoint);
//
// Every 10 ms, until `endpoint` is destroyed, gRPC's timer thread looks at the
// socket without waiting. gRPC stays initialised for as long.
//
// Threads: any, under an ExecCtx. Once per endpoint.
void PollWhileItLingers(const std::shared_ptr<SharedEndpoint>& endpoint);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_V1_51_LINGER_POLLER_H_
