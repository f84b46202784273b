#ifndef LOOPY_TRANSPORT_STREAM_STATUS_MAPPING_H_
#define LOOPY_TRANSPORT_STREAM_STATUS_MAPPING_H_

#include "absl/status/status.h"
#include "transport/base/http2_error.h"

namespace loopy {

// Returns the status of a call whose stream the peer reset. A CANCEL after the
// call's deadline becomes DEADLINE_EXCEEDED (gRPC over HTTP/2, "Errors").
absl::Status StatusFromReset(Http2ErrorCode code, bool deadline_passed);

// Returns the code for an HTTP status other than 200, without a grpc-status
// (gRPC's http-grpc-status-mapping.md).
absl::StatusCode StatusCodeFromHttp(int http_status);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STATUS_MAPPING_H_
