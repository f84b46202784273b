#ifndef LOOPY_INTEROP_CLIENT_EXPECT_H_
#define LOOPY_INTEROP_CLIENT_EXPECT_H_

#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// A test case returns the first assertion that does not hold:
//   LOOPY_RETURN_IF_ERROR(ExpectOk(status, "the first call"));
#define LOOPY_RETURN_IF_ERROR(expression)            \
  do {                                               \
    const absl::Status loopy_status_ = (expression); \
    if (!loopy_status_.ok()) return loopy_status_;   \
  } while (false)

namespace loopy {
namespace interop {

// `what` names what is judged, such as "the second call".

absl::Status Expect(bool holds, absl::string_view what);

absl::Status ExpectOk(const grpc::Status& status, absl::string_view what);

absl::Status ExpectCode(const grpc::Status& status, grpc::StatusCode code,
                        absl::string_view what);

absl::Status ExpectStatus(const grpc::Status& status, grpc::StatusCode code,
                          absl::string_view message, absl::string_view what);

// That a payload's body is so many zero bytes.
absl::Status ExpectZeros(const std::string& body, size_t size,
                         absl::string_view what);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_EXPECT_H_
