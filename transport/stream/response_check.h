#ifndef LOOPY_TRANSPORT_STREAM_RESPONSE_CHECK_H_
#define LOOPY_TRANSPORT_STREAM_RESPONSE_CHECK_H_

#include "absl/status/status.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// A ResponseKind classifies the first header block of a response (gRPC over
// HTTP/2, "Responses").
enum class ResponseKind {
  kInformational,  // 1xx, which is ignored
  kGrpc,           // initial metadata, or trailers-only
  kNotGrpc,        // not gRPC's answer; its body goes into the text
  kMalformed,      // no usable :status
};

struct ResponseCheck {
  ResponseKind kind = ResponseKind::kGrpc;
  // For the last two kinds: the call ends with this status.
  absl::Status status;
  // For kGrpc: whether grpc-encoding names a known compression algorithm
  // (gRPC's compression.md).
  bool compresses = false;
};

ResponseCheck CheckResponseHeaders(const HeaderList& headers);

// Returns OK if the trailers have a grpc-status that is a number. Otherwise
// returns UNKNOWN, or the meaning of the HTTP status if that is not 200.
absl::Status CheckTrailers(const HeaderList& trailers);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_RESPONSE_CHECK_H_
