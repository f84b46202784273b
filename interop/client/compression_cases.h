#ifndef LOOPY_INTEROP_CLIENT_COMPRESSION_CASES_H_
#define LOOPY_INTEROP_CLIENT_COMPRESSION_CASES_H_

#include "absl/status/status.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// Messages compressed one by one, by either side.
absl::Status ClientCompressedUnary(const TestContext& test);
absl::Status ServerCompressedUnary(const TestContext& test);
absl::Status ClientCompressedStreaming(const TestContext& test);
absl::Status ServerCompressedStreaming(const TestContext& test);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_COMPRESSION_CASES_H_
