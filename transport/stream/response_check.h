#ifndef LOOPY_TRANSPORT_STREAM_RESPONSE_CHECK_H_
#define LOOPY_TRANSPORT_STREAM_RESPONSE_CHECK_H_

#include "absl/status/status.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// What the first header block of a response is (gRPC over HTTP/2, "Responses").
enum class ResponseKind {
  kInformational,  // 1xx: to be ignored
  kGrpc,           // initial metadata, or trailers-only
  kNotGrpc,        // somebody else's answer: its body goes into the text
  kMalformed,      // no usable :status
};

struct ResponseCheck {
  ResponseKind kind = ResponseKind::kGrpc;
  // What the call ends with, for the last two kinds.
  absl::Status status;
  // For kGrpc: whether grpc-encoding names an algorithm that messages may be
  // compressed with (gRPC's compression.md).
  bool compresses = false;
};

ResponseCheck CheckResponseHeaders(const HeaderList& headers);

// OK if the trailers carry a grpc-status that is a number; UNKNOWN with a text
// otherwise (or what the HTTP status means, if it is not 200).
absl::Status CheckTrailers(const HeaderList& trailers);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_RESPONSE_CHECK_H_
