#ifndef LOOPY_TESTS_ADAPTER_ENDPOINT_FROM_FD_H_
#define LOOPY_TESTS_ADAPTER_ENDPOINT_FROM_FD_H_

#include <vector>

#include "src/core/lib/iomgr/endpoint.h"

namespace loopy {

// The kinds of endpoint that the release has for a TCP connection.
enum class EndpointKind {
  kGrpcs,   // polled by gRPC
  kIoLoop,  // polled by the IoLoop
};
std::vector<EndpointKind> EndpointKinds();

// Makes an endpoint of a connected, non-blocking socket, which it takes over.
//
// The release of gRPC defines both.
grpc_endpoint* EndpointFromFd(int fd, EndpointKind kind);

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_ENDPOINT_FROM_FD_H_
