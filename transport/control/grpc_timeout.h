#ifndef LOOPY_TRANSPORT_CONTROL_GRPC_TIMEOUT_H_
#define LOOPY_TRANSPORT_CONTROL_GRPC_TIMEOUT_H_

#include <string>

#include "absl/time/time.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// `timeout` as the value of grpc-timeout: at most eight digits and a unit,
// rounded up (gRPC over HTTP/2, "Timeout"). What has run out is "1n": the value
// is positive by definition.
std::string FormatGrpcTimeout(absl::Duration timeout);

// Sets the grpc-timeout of a request that has one; the other fields keep their
// places.
void ReplaceGrpcTimeout(absl::Duration timeout, HeaderList* headers);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_GRPC_TIMEOUT_H_
