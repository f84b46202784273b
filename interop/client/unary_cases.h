#ifndef LOOPY_INTEROP_CLIENT_UNARY_CASES_H_
#define LOOPY_INTEROP_CLIENT_UNARY_CASES_H_

#include "absl/status/status.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// One request, one response.
absl::Status EmptyUnary(const TestContext& test);
absl::Status LargeUnary(const TestContext& test);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_UNARY_CASES_H_
