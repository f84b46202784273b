#ifndef LOOPY_INTEROP_CLIENT_STREAMING_CASES_H_
#define LOOPY_INTEROP_CLIENT_STREAMING_CASES_H_

#include "absl/status/status.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// Streams in one direction and in both.
absl::Status ClientStreaming(const TestContext& test);
absl::Status ServerStreaming(const TestContext& test);
absl::Status PingPong(const TestContext& test);
absl::Status EmptyStream(const TestContext& test);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_STREAMING_CASES_H_
