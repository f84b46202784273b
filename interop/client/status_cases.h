#ifndef LOOPY_INTEROP_CLIENT_STATUS_CASES_H_
#define LOOPY_INTEROP_CLIENT_STATUS_CASES_H_

#include "absl/status/status.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// Statuses made by the server.
absl::Status StatusCodeAndMessage(const TestContext& test);
absl::Status SpecialStatusMessage(const TestContext& test);
absl::Status UnimplementedMethod(const TestContext& test);
absl::Status UnimplementedService(const TestContext& test);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_STATUS_CASES_H_
