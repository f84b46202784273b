#ifndef LOOPY_INTEROP_CLIENT_CANCEL_CASES_H_
#define LOOPY_INTEROP_CLIENT_CANCEL_CASES_H_

#include "absl/status/status.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// Calls that the client ends.
absl::Status CancelAfterBegin(const TestContext& test);
absl::Status CancelAfterFirstResponse(const TestContext& test);
absl::Status TimeoutOnSleepingServer(const TestContext& test);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_CANCEL_CASES_H_
