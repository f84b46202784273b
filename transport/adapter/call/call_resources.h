#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_CALL_RESOURCES_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_CALL_RESOURCES_H_

#include <memory>
#include <string>
#include <utility>

#include "transport/adapter/call/response_metadata.h"
#include "transport/adapter/call/transport_stats.h"
#include "transport/adapter/release.h"

namespace loopy {

// Holds what the calls of a connection share.
//
// Lifetime: shared by the transport and its calls. gRPC may drop a call, and
// the transport with it, while another thread is about to report the end of the
// call's stream: the end finds everything here still alive.
//
// Threads: any.
struct CallResources {
  CallResources(std::string peer, std::shared_ptr<TransportStats> stats)
      : peer_address(std::move(peer)),
        peer(MakePeerName(peer_address)),
        stats(std::move(stats)) {}
  CallResources(const CallResources&) = delete;
  CallResources& operator=(const CallResources&) = delete;

  const std::string peer_address;  // such as "ipv4:127.0.0.1:50051"
  const PeerName peer;             // the same, in the type of gRPC's metadata
  const std::shared_ptr<TransportStats> stats;
  ResponseMetadata response_metadata;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_CALL_RESOURCES_H_
