#ifndef LOOPY_INTEROP_CLIENT_METADATA_CASES_H_
#define LOOPY_INTEROP_CLIENT_METADATA_CASES_H_

#include "absl/status/status.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// Text and binary metadata, there and back.
absl::Status CustomMetadata(const TestContext& test);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_METADATA_CASES_H_
