#ifndef LOOPY_INTEROP_CLIENT_PAYLOADS_H_
#define LOOPY_INTEROP_CLIENT_PAYLOADS_H_

#include <grpcpp/client_context.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "proto/grpc/testing/messages.pb.h"

namespace loopy {
namespace interop {

// The sizes of gRPC's interop test descriptions.
constexpr size_t kLargeRequestSize = 271828;
constexpr size_t kLargeResponseSize = 314159;

// No call of a case takes this long (the soak cases' have no deadline, as
// their description wants).
inline void SetCaseDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(20));
}

// Gives a request a payload of so many zero bytes.
template <typename Request>
void SetZeros(size_t size, Request* request) {
  request->mutable_payload()->set_body(std::string(size, '\0'));
}

// The request of large_unary.
inline grpc::testing::SimpleRequest LargeRequest() {
  grpc::testing::SimpleRequest request;
  request.set_response_size(static_cast<int32_t>(kLargeResponseSize));
  SetZeros(kLargeRequestSize, &request);
  return request;
}

// Asks for one response of so many bytes, with a payload of so many.
inline grpc::testing::StreamingOutputCallRequest StreamingRequest(
    size_t response_size, size_t request_size) {
  grpc::testing::StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(
      static_cast<int32_t>(response_size));
  SetZeros(request_size, &request);
  return request;
}

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_PAYLOADS_H_
