#ifndef LOOPY_BENCH_MICRO_CALL_HEADERS_H_
#define LOOPY_BENCH_MICRO_CALL_HEADERS_H_

#include "transport/hpack/header_list.h"

namespace loopy {
namespace bench {

// Returns the headers of a plain unary call with a deadline, as gRPC C++ sends
// them.
inline HeaderList RequestHeaders() {
  HeaderList headers;
  headers.Add(":scheme", "http");
  headers.Add(":method", "POST");
  headers.Add(":path", "/grpc.testing.TestService/UnaryCall");
  headers.Add(":authority", "127.0.0.1:50051");
  headers.Add("te", "trailers");
  headers.Add("content-type", "application/grpc");
  headers.Add("user-agent", "grpc-c++/1.51.1 grpc-c/29.0.0 (linux; loopy)");
  headers.Add("grpc-accept-encoding", "identity, deflate, gzip");
  headers.Add("grpc-timeout", "29999m");
  return headers;
}

inline HeaderList ResponseHeaders() {
  HeaderList headers;
  headers.Add(":status", "200");
  headers.Add("content-type", "application/grpc");
  headers.Add("grpc-accept-encoding", "identity, deflate, gzip");
  return headers;
}

inline HeaderList Trailers() {
  HeaderList headers;
  headers.Add("grpc-status", "0");
  return headers;
}

}  // namespace bench
}  // namespace loopy

#endif  // LOOPY_BENCH_MICRO_CALL_HEADERS_H_
