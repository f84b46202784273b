#ifndef LOOPY_TRANSPORT_CONTROL_GRPC_TIMEOUT_H_
#define LOOPY_TRANSPORT_CONTROL_GRPC_TIMEOUT_H_

#include <string>

#include "absl/time/time.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// Formats `timeout` as the value of grpc-timeout: at most eight digits and a
// unit, rounded up (gRPC over HTTP/2, "Timeout"). A timeout that is over
// becomes "1n", because the value has to be positive.
std::string FormatGrpcTimeout(absl::Duration timeout);

// Sets the grpc-timeout of a request that has one. The order of the fields
// stays.
void ReplaceGrpcTimeout(absl::Duration timeout, HeaderList* headers);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_GRPC_TIMEOUT_H_
