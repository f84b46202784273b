#ifndef LOOPY_INTEROP_CLIENT_SOAK_CASES_H_
#define LOOPY_INTEROP_CLIENT_SOAK_CASES_H_

#include "absl/status/status.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// Many calls in a row, on one channel or each on a new one.
absl::Status RpcSoak(const TestContext& test);
absl::Status ChannelSoak(const TestContext& test);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_SOAK_CASES_H_
