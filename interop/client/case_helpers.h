#ifndef LOOPY_INTEROP_CLIENT_CASE_HELPERS_H_
#define LOOPY_INTEROP_CLIENT_CASE_HELPERS_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/grpc/testing/messages.pb.h"

// The interop cases share these assertions and payloads. A case returns the
// first assertion that does not hold:
//   LOOPY_RETURN_IF_ERROR(ExpectOk(status, "the first call"));
#define LOOPY_RETURN_IF_ERROR(expression)            \
  do {                                               \
    const absl::Status loopy_status_ = (expression); \
    if (!loopy_status_.ok()) return loopy_status_;   \
  } while (false)

namespace loopy {
namespace interop {

// ---- assertions, in whose text `what` names the subject: "the second call"

absl::Status Expect(bool holds, absl::string_view what);

absl::Status ExpectOk(const grpc::Status& status, absl::string_view what);

absl::Status ExpectCode(const grpc::Status& status, grpc::StatusCode code,
                        absl::string_view what);

absl::Status ExpectStatus(const grpc::Status& status, grpc::StatusCode code,
                          absl::string_view message, absl::string_view what);

// Expects a payload's body to be `size` zero bytes.
absl::Status ExpectZeros(const std::string& body, size_t size,
                         absl::string_view what);

// ---- calls and payloads

// gRPC's interop test descriptions give these sizes.
constexpr size_t kLargeRequestSize = 271828;
constexpr size_t kLargeResponseSize = 314159;

// Bounds a call of a case. (The soak cases' calls have no deadline, as their
// description wants.)
void SetCaseDeadline(grpc::ClientContext* context);

// Gives a request a payload of `size` zero bytes.
template <typename Request>
void SetZeros(size_t size, Request* request) {
  request->mutable_payload()->set_body(std::string(size, '\0'));
}

// Makes the request of large_unary.
grpc::testing::SimpleRequest LargeRequest();

// Makes a request that asks for one response of `response_size` bytes.
grpc::testing::StreamingOutputCallRequest StreamingRequest(size_t response_size,
                                                           size_t request_size);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_CASE_HELPERS_H_
