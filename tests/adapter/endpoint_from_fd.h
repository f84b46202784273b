#ifndef LOOPY_TESTS_ADAPTER_ENDPOINT_FROM_FD_H_
#define LOOPY_TESTS_ADAPTER_ENDPOINT_FROM_FD_H_

#include "src/core/lib/iomgr/endpoint.h"

namespace loopy {

// Makes an endpoint of a connected, non-blocking socket, which it takes over.
// The release of gRPC defines it.
grpc_endpoint* EndpointFromFd(int fd);

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_ENDPOINT_FROM_FD_H_
